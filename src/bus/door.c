/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "authz/verbs.h"
#include "base/error.h"
#include "bus/door.h"
#include "bus/held-call.h"

#define KIB 1024U

/* Copying these many takes some 5 ms. */
#define VALUES_MAX 16384U
/* Words count with a pointer each in the 2 MiB of a StartJob: none has more. */
#define ORIGINAL_VALUES_MAX 524288U
/* What a message may bring. Its size cannot be asked for; with all limits of clients in mind, this is
 * enough. */
#define FDS_MAX       16U
#define ORIGINAL_SIZE (16U * 1024U * KIB)

static const struct {
        const char *member;
        size_t size;
        guint n_fds;
} limits[] = {
        { "StartJob", 4096 * KIB, 1 }, /* 2 MiB of words, and what else they take */
        { "WaitJobs", 512 * KIB, 0 },  /* 10 000 paths */
        { NULL, 64 * KIB, 0 },         /* all others, also those that are not jobd's own */
};

static size_t find_limits(const char *member) {
        size_t i = 0;

        while (limits[i].member && !g_str_equal(limits[i].member, member))
                i++;
        return i;
}

static int refuse(BusCall *held, sd_bus_message *call, size_t i, int r) {
        const char *member = sd_bus_message_get_member(call);

        if (r == -EMSGSIZE)
                (void) error_setf(&held->error, -JOBD_E_LIMIT_EXCEEDED,
                                  "The call is too large: %s takes %zu KiB, and %u values", member,
                                  limits[i].size / KIB, VALUES_MAX);
        else if (r == -E2BIG)
                (void) error_setf(&held->error, -JOBD_E_INVALID_ARGUMENT,
                                  "The call has more descriptors than %s takes: %u", member,
                                  limits[i].n_fds);
        else if (error_is_shortage(r))
                (void) error_setf(&held->error, r, "jobd has no room for the call now, try again: %s",
                                  g_strerror(-r));
        else
                (void) error_setf(&held->error, -JOBD_E_INVALID_ARGUMENT, "The call cannot be read: %s",
                                  g_strerror(-r));
        held->load.size = HELD_CALL_SIZE;
        return held_call_stub(call, &held->message);
}

static int take(sd_bus_message *call, BusCall *held) {
        size_t i = find_limits(sd_bus_message_get_member(call));
        CopyLimits copy = { .size = limits[i].size, .values = VALUES_MAX, .n_fds = limits[i].n_fds };
        int r = held_call_copy(call, &copy, &held->message, &held->load.size, &held->load.n_fds);

        if (r != -EMSGSIZE || verb_find(sd_bus_message_get_interface(call), limits[i].member) != VERB_START)
                return r < 0 ? refuse(held, call, i, r) : 0;
        held->message = sd_bus_message_ref(call);
        held->load.size = ORIGINAL_SIZE;
        held->load.n_fds = FDS_MAX;
        held->original = true;
        return 0;
}

int door_take(sd_bus_message *call, BusCall **ret) {
        g_autoptr(BusCall) held = NULL;
        int r;

        if (sd_bus_message_get_expect_reply(call) <= 0 &&
            verb_only_answers(sd_bus_message_get_interface(call), sd_bus_message_get_member(call)))
                return 0;
        held = bus_call_new(NULL, 0, 0);
        r = take(call, held);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&held);
        return 1;
}

int door_copy_original(sd_bus_message *call, sd_bus_message **ret) {
        CopyLimits copy = { .size = limits[0].size,
                            .values = ORIGINAL_VALUES_MAX,
                            .n_fds = limits[0].n_fds };
        size_t size;
        guint n_fds;

        return held_call_copy(call, &copy, ret, &size, &n_fds);
}
