/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <stdarg.h>

#include "base/error.h"
#include "wire/names.h"

static const struct {
        const char *name;
        const char *text;
        int errno_value;
} table[] = {
#define E(e, member, errno_, text_) [(e) -JOBD_E_NO_SUCH_JOB] = { JOBD_ERROR_PREFIX member, text_, errno_ }
        E(JOBD_E_NO_SUCH_JOB, "NoSuchJob", ENOENT, "No such job"),
        E(JOBD_E_INVALID_ARGUMENT, "InvalidArgument", EINVAL, "Invalid argument"),
        E(JOBD_E_UNKNOWN_OPTION, "UnknownOption", EINVAL, "Unknown option"),
        E(JOBD_E_NOT_FINISHED, "NotFinished", EBUSY, "The job has not finished"),
        E(JOBD_E_ALREADY_FINISHED, "AlreadyFinished", EALREADY, "The job has already finished"),
        E(JOBD_E_NOT_RUNNING, "NotRunning", ESRCH, "The job is not running"),
        E(JOBD_E_NOT_SUSPENDED, "NotSuspended", EINVAL, "The job is not suspended"),
        E(JOBD_E_ACCESS_DENIED, "AccessDenied", EACCES, "Access denied"),
        E(JOBD_E_LIMIT_EXCEEDED, "LimitExceeded", E2BIG, "Limit exceeded"),
        E(JOBD_E_BUSY, "Busy", EBUSY, "Another client is receiving this job"),
        E(JOBD_E_CHANGED, "Changed", ESTALE, "The output was consumed by somebody else meanwhile"),
        E(JOBD_E_NO_OUTPUT, "NoOutput", ENODATA, "The output cannot be read"),
        E(JOBD_E_NO_SPACE, "NoSpace", ENOSPC, "No space left on the disk of jobd's state"),
        E(JOBD_E_NOT_SUPPORTED, "NotSupported", EOPNOTSUPP, "Not supported"),
        E(JOBD_E_IS_CHILD, "IsChild", EPERM, "The job is a child: name its parent"),
        E(JOBD_E_POLICY_UNAVAILABLE, "PolicyUnavailable", ENXIO, "polkit cannot be asked"),
#undef E
};
static_assert(G_N_ELEMENTS(table) == _JOBD_E_END - JOBD_E_NO_SUCH_JOB, "the error table is incomplete");

static int table_index(int r) {
        if (r == -ENOSPC || r == -EDQUOT)
                r = -JOBD_E_NO_SPACE;
        if (r > -JOBD_E_NO_SUCH_JOB || r <= -_JOBD_E_END)
                return -1;
        return -r - JOBD_E_NO_SUCH_JOB;
}

int error_set(sd_bus_error *error, int r) {
        int i = table_index(r);

        if (i < 0)
                return sd_bus_error_set_errno(error, r);
        (void) sd_bus_error_set(error, table[i].name, table[i].text);
        return -table[i].errno_value;
}

int error_setf(sd_bus_error *error, int r, const char *format, ...) {
        int i = table_index(r);
        g_autofree char *raw = NULL, *text = NULL;
        va_list ap;

        va_start(ap, format);
        raw = g_strdup_vprintf(format, ap);
        va_end(ap);
        /* a value that was quoted may be anything, or cut inside a character: then it could not be sent */
        text = g_utf8_make_valid(raw, -1);

        if (i < 0)
                return sd_bus_error_set_errnof(error, r, "%s", text);
        (void) sd_bus_error_set(error, table[i].name, text);
        return -table[i].errno_value;
}

int error_is(const sd_bus_error *error, JobdError e) {
        return sd_bus_error_has_name(error, table[e - JOBD_E_NO_SUCH_JOB].name);
}

bool error_is_shortage(int r) {
        return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS || r == -ETOOMANYREFS;
}

bool error_is_transient(int r) {
        return error_is_shortage(r) || r == -EIO;
}
