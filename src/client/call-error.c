/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "base/error.h"
#include "client/call-error.h"

bool error_is_away(const Client *c, int r, const sd_bus_error *error) {
        if (c->answered && sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN))
                return true; /* nobody starts it anew; but it was there */
        return r == -ENOTCONN || r == -ECONNRESET || sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_DISCONNECTED);
}

bool error_is_no_such_job(const sd_bus_error *error) {
        /* a job that is gone has no object any more: then sd-bus answers, not jobd */
        return error_is(error, JOBD_E_NO_SUCH_JOB) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

bool error_is_no_service(const sd_bus_error *error) {
        return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               (error->name && g_str_has_prefix(error->name, "org.freedesktop.DBus.Error.Spawn.")) ||
               sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit") ||
               sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitMasked");
}

bool error_is_refusal(const sd_bus_error *error) {
        return error_is(error, JOBD_E_ACCESS_DENIED) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}
