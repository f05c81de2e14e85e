/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/answers.h"
#include "bus/internal.h"

#define QUEUED_MAX         8U    /* messages that the bus has not taken, when a large answer is made */
#define SMALL_ANSWER       1024U /* no less than an answer that has a fixed form, or an error */
#define PROPERTIES_SIZE    4096U
#define INTROSPECTION_SIZE 16384U
#define NODE_SIZE          32U /* of a job in an introspection */

bool answers_are_behind(const BusServer *server) {
        uint64_t n;

        return sd_bus_get_n_queued_write(server->bus, &n) >= 0 && n > QUEUED_MAX;
}

static AnswerKind answer_kind(sd_bus_message *call) {
        static const char *const large[] = { "GetDetails", "Introspect", "ListJobs",
                                             "ReadOutput", "Receive",    "WaitJobs" };
        const char *member = sd_bus_message_get_member(call);

        for (size_t i = 0; i < G_N_ELEMENTS(large); i++)
                if (g_str_equal(member, large[i]))
                        return ANSWER_LARGE;
        return g_str_equal(member, "OpenOutput") ? ANSWER_WITH_FD : ANSWER_SMALL;
}

/* Of answers that handlers do not account for themselves. */
static size_t answer_size(const BusServer *server, sd_bus_message *call) {
        const char *member = sd_bus_message_get_member(call);

        if (g_str_equal(member, "Introspect"))
                return INTROSPECTION_SIZE + NODE_SIZE * (size_t) server->jobs->table->jobs->len;
        return g_str_equal(member, "GetAll") ? PROPERTIES_SIZE : SMALL_ANSWER;
}

/* While it is not known whether an answer with output has been taken: its client finds things as they are
 * after that, and nobody is given the same output. */
static bool must_wait(const BusServer *server, sd_bus_message *call, const Caller *caller) {
        const Receipts *receipts = server->receipts;
        const char *member = sd_bus_message_get_member(call), *client;
        bool receives = g_str_equal(member, "Receive");
        JobId id;

        if (job_id_parse(JOB_ID_PATH, sd_bus_message_get_path(call), &id) < 0)
                return false;
        client = receipts_client(receipts, id);
        if (client)
                return receives || g_str_equal(member, "BeginReceive") || g_str_equal(client, caller->name);
        return receives && !receipts_have_room(receipts, caller);
}

bool answer_has_room(const BusServer *server, sd_bus_message *call, const Caller *caller) {
        AnswerKind answer = answer_kind(call);

        return !must_wait(server, call, caller) && !(answer == ANSWER_LARGE && answers_are_behind(server)) &&
               unread_has_room(server->unread, caller, answer);
}

void answer_account(BusServer *server, sd_bus_message *call) {
        const Caller *caller = caller_find(server->callers, call);

        if (!caller || sd_bus_message_get_expect_reply(call) <= 0)
                return;
        unread_add(server->unread, caller, UNREAD_BYTES, answer_size(server, call));
        if (answer_kind(call) == ANSWER_WITH_FD)
                unread_add(server->unread, caller, UNREAD_FDS, 1);
}

void answer_account_error(BusServer *server, const Caller *caller) {
        unread_add(server->unread, caller, UNREAD_BYTES, SMALL_ANSWER);
}

int bus_send_large(BusServer *server, sd_bus_message *call, sd_bus_message *reply, size_t size) {
        const Caller *caller = caller_find(server->callers, call);

        if (caller && sd_bus_message_get_expect_reply(call) > 0)
                unread_add(server->unread, caller, UNREAD_BYTES, size);
        return sd_bus_send(server->bus, reply, NULL);
}
