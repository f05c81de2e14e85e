/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "bus/internal.h"

/*
 * Answers of megabytes are made only when the bus has taken those before. sd-bus keeps what the bus does not take, as
 * much as there is, and a client may send many calls and read no answer.
 */

#define QUEUED_MAX 8U    /* messages that the bus has not taken */
#define HELD_MAX   4096U /* calls that wait for that */
#define AT_ONCE    8U
#define PAUSE_USEC UINT64_C(5000)

static bool is_full(BusServer *server) {
        uint64_t n;

        return sd_bus_get_n_queued_write(server->bus, &n) >= 0 && n > QUEUED_MAX;
}

int bus_handle_again(BusServer *server, sd_bus_message *call) {
        int r = sd_bus_message_rewind(call, true);

        return r < 0 ? r : sd_bus_enqueue_for_read(server->bus, call);
}

static void arm(sd_event_source *timer) {
        (void) sd_event_source_set_time_relative(timer, PAUSE_USEC);
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        BusServer *server = userdata;

        for (unsigned i = 0; i < AT_ONCE && !g_queue_is_empty(&server->held) && !is_full(server); i++) {
                g_autoptr(sd_bus_message) call = g_queue_pop_head(&server->held);

                if (bus_handle_again(server, call) < 0)
                        (void) sd_bus_reply_method_errorf(call, JOBD_ERROR_PREFIX "LimitExceeded",
                                                          "Too many calls at once: try again");
        }
        if (!g_queue_is_empty(&server->held))
                arm(source);
        return 0;
}

int bus_await_room(BusServer *server, sd_bus_message *call, sd_bus_error *error) {
        int r;

        if (!is_full(server))
                return 1;
        if (g_queue_get_length(&server->held) >= HELD_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "More than %u answers wait to be read: try again", HELD_MAX);
        if (!server->held_timer) {
                r = sd_event_add_time(sd_bus_get_event(server->bus), &server->held_timer, CLOCK_MONOTONIC, 0,
                                      1, on_timer, server);
                if (r < 0)
                        return r;
        }
        g_queue_push_tail(&server->held, sd_bus_message_ref(call));
        arm(server->held_timer);
        return 0;
}
