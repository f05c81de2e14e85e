/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "bus/internal.h"

/* Receiving without keep: BeginReceive, Consume, EndReceive; and Receive, the simple form. */

/* It waits for the lease: server.c answers it when that is granted. */
static bool on_begin_event(Pending *pending, JobId id, PendingEvent event) {
        if (event != PENDING_REMOVED)
                return false;
        (void) sd_bus_reply_method_errorf(pending->call->message, JOBD_ERROR_PREFIX "NoSuchJob",
                                          "Job %s was removed", job_id_label(id).text);
        return true;
}

static const PendingHandler begin_handler = { .event = on_begin_event };

int bus_method_begin_receive(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        static const Option options[] = { { "Wait", "b", option_bool, 0 } };
        BusServer *server = bus_server_of(call);
        const Job *job = userdata;
        const Caller *caller;
        Pending *pending;
        bool wait = true;
        int r;

        r = options_read(call, options, G_N_ELEMENTS(options), &wait, error);
        if (r < 0)
                return r;
        r = bus_authorize_output(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = lease_take(server->leases, job->id, caller->name);
        if (r > 0)
                return sd_bus_reply_method_return(call, "t", job->output.begin);
        if (!wait)
                r = -JOBD_E_BUSY;
        if (r < 0)
                return error_set(error, r);
        r = pending_add(server->pending, call, caller->uid, &job->id, 1, UINT64_MAX, &begin_handler, NULL,
                        NULL, &pending, error);
        if (r < 0)
                return r;
        lease_wait(server->leases, job->id, caller->name, pending);
        return 1;
}

int bus_method_consume(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        const Caller *caller;
        uint64_t from, to;
        int r;

        r = sd_bus_message_read(call, "tt", &from, &to);
        if (r >= 0)
                r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        r = bus_authorize_output(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!lease_is_held_by(server->leases, job->id, caller->name))
                return error_setf(error, -JOBD_E_BUSY, "Call BeginReceive before Consume");
        if (from != job->output.begin)
                return error_setf(error, -JOBD_E_CHANGED,
                                  "The unreceived output of job %s begins at %" G_GUINT64_FORMAT
                                  ", not at %" G_GUINT64_FORMAT,
                                  job_id_label(job->id).text, job->output.begin, from);
        if (to < from || to > job->output.end)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "%" G_GUINT64_FORMAT " is not between %" G_GUINT64_FORMAT
                                  " and %" G_GUINT64_FORMAT,
                                  to, from, job->output.end);

        r = jobs_consume(server->jobs, job, to, error);
        if (r < 0)
                return sd_bus_error_is_set(error) ? r : error_set(error, r);
        bus_flush_now(server);
        return sd_bus_reply_method_return(call, NULL);
}

int bus_method_end_receive(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        const Job *job = userdata;
        const Caller *caller;
        int r;

        r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        r = bus_authorize_output(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        lease_give_back(server->leases, job->id, caller->name);
        return sd_bus_reply_method_return(call, NULL);
}

void bus_receive_settled(JobId id, uint64_t to, bool taken, void *userdata) {
        BusServer *server = userdata;
        Job *job = job_table_find(server->jobs->table, id);
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

        if (taken && job && jobs_consume(server->jobs, job, to, &error) < 0)
                log_warning("What was received of job %s comes again: %s", job_id_label(id).text,
                            error.message);
        bus_flush_now(server);
        backlog_look_again(server->backlog);
}

typedef struct Frames {
        sd_bus_message *reply;
        uint64_t bytes;
} Frames;

static int append_frame(const CacheFrame *frame, void *userdata) {
        Frames *frames = userdata;
        sd_bus_message *reply = frames->reply;
        int r;

        frames->bytes += frame->size;

        r = sd_bus_message_open_container(reply, 'r', "tsay");
        if (r >= 0)
                r = sd_bus_message_append(reply, "ts", frame->time, stream_to_string(frame->stream));
        if (r >= 0)
                r = sd_bus_message_append_array(reply, 'y', frame->data, frame->size);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r;
}

int bus_method_receive(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        g_autoptr(sd_bus_message) reply = NULL;
        Job *job = userdata;
        Frames frames = { 0 };
        const Caller *caller;
        uint64_t begin, max_bytes, next;
        bool more, consumes;
        int keep, r;

        r = sd_bus_message_read(call, "bt", &keep, &max_bytes);
        if (r >= 0)
                r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        r = bus_authorize_output(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!keep && lease_is_held(server->leases, job->id) &&
            !lease_is_held_by(server->leases, job->id, caller->name))
                return error_set(error, -JOBD_E_BUSY);

        begin = job->output.begin;
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(tsay)");
        frames.reply = reply;
        if (r >= 0)
                r = jobs_read_output(server->jobs, job, begin,
                                     MIN(max_bytes, keep ? BUS_OUTPUT_BYTES_MAX : RECEIPT_BYTES_MAX),
                                     append_frame, &frames, &next);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        consumes = r >= 0 && !keep && frames.bytes > 0;
        if (r >= 0 && !keep && !consumes) /* what holds no output, or is damaged */
                r = jobs_consume(server->jobs, job, next, error);
        more = job_has_more_data(job);
        if (consumes && job_is_finished(job))
                more = job->output.unread > frames.bytes;
        if (r >= 0)
                r = sd_bus_message_append(reply, "b", (int) more);
        if (r < 0)
                return sd_bus_error_is_set(error) ? r : error_set(error, r);
        bus_flush_now(server);
        r = bus_send_large(server, call, reply, (next - begin) * 3 / 2);
        if (r >= 0 && consumes)
                receipts_add(server->receipts, caller, job->id, next, reply);
        return r;
}
