/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/internal.h"

/* ReadOutput and OpenOutput: reading that consumes nothing. Receiving without keep is in receive.c. */

static int append_frame(const CacheFrame *frame, void *userdata) {
        sd_bus_message *reply = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'r', "ttsay");
        if (r >= 0)
                r = sd_bus_message_append(reply, "tts", frame->position, frame->time,
                                          stream_to_string(frame->stream));
        if (r >= 0)
                r = sd_bus_message_append_array(reply, 'y', frame->data, frame->size);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r;
}

static int reply_frames(BusServer *server, sd_bus_message *call, Job *job, uint64_t position,
                        uint64_t max_bytes) {
        g_autoptr(sd_bus_message) reply = NULL;
        uint64_t begin = MAX(position, job->output.begin), next = position;
        bool end;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(ttsay)");
        if (r >= 0)
                r = jobs_read_output(server->jobs, job, position, MIN(max_bytes, BUS_OUTPUT_BYTES_MAX),
                                     append_frame, reply, &next);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        end = job_is_finished(job) && next >= job->output.end;
        if (r >= 0)
                r = sd_bus_message_append(reply, "tb", next, (int) end);
        return r < 0 ? r : bus_send_large(server, call, reply, (next - MIN(next, begin)) * 3 / 2);
}

/* A ReadOutput that waits for more. */
typedef struct Read {
        uint64_t position;
        uint64_t max_bytes;
} Read;

static bool has_something(const Job *job, uint64_t position) {
        return job_is_finished(job) || position < job->output.end;
}

static bool answer(Pending *pending, Job *job) {
        const Read *wanted = pending->data;
        int r = reply_frames(pending->userdata, pending->call->message, job, wanted->position,
                             wanted->max_bytes);

        if (r < 0)
                (void) sd_bus_reply_method_errorf(pending->call->message, JOBD_ERROR_PREFIX "NoOutput",
                                                  "The output of job %s cannot be read: %s",
                                                  job_id_label(job->id).text, g_strerror(-r));
        return true;
}

static bool on_event(Pending *pending, JobId id, PendingEvent event) {
        BusServer *server = pending->userdata;
        const Read *wanted = pending->data;
        Job *job = job_table_find(server->jobs->table, id);

        if (event == PENDING_REMOVED || !job) {
                (void) sd_bus_reply_method_errorf(pending->call->message, JOBD_ERROR_PREFIX "NoSuchJob",
                                                  "Job %s was removed", job_id_label(id).text);
                return true;
        }
        if (!has_something(job, wanted->position))
                return false;
        /* many may wait for the same bytes: each in its turn, when there is room for its answer */
        return bus_handle_again(server, pending->call->message) >= 0 || answer(pending, job);
}

static bool on_timeout(Pending *pending) {
        BusServer *server = pending->userdata;
        Job *job = job_table_find(server->jobs->table, pending->ids[0]);

        return job ? answer(pending, job) : true;
}

static const PendingHandler read_handler = { .again = true, .event = on_event, .timeout = on_timeout };

static int refuse_position(const Job *job, uint64_t position, sd_bus_error *error) {
        if (position <= job->output.end)
                return 0;
        return error_setf(error, -JOBD_E_NO_OUTPUT,
                          "Position %" G_GUINT64_FORMAT
                          " is beyond the end of job %s's output, %" G_GUINT64_FORMAT,
                          position, job_id_label(job->id).text, job->output.end);
}

int bus_method_read_output(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        uint64_t position, max_bytes, timeout_usec;
        const Caller *caller;
        Read *wanted;
        int r;

        r = sd_bus_message_read(call, "ttt", &position, &max_bytes, &timeout_usec);
        if (r >= 0)
                r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        r = bus_authorize_output(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = refuse_position(job, position, error);
        if (r < 0)
                return r;

        if (timeout_usec == 0 || has_something(job, position)) {
                r = reply_frames(server, call, job, position, max_bytes);
                return r < 0 ? error_set(error, r) : r;
        }
        wanted = g_new(Read, 1);
        *wanted = (Read){ .position = position, .max_bytes = max_bytes };
        r = pending_add(server->pending, call, caller->uid, &job->id, 1, timeout_usec, &read_handler, wanted,
                        g_free, NULL, error);
        return r < 0 ? r : 1;
}

int bus_method_open_output(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        uint64_t position, start, end;
        const Caller *caller;
        g_auto(Fd) fd = -1;
        int r;

        r = sd_bus_message_read(call, "t", &position);
        if (r >= 0)
                r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        r = bus_authorize_output(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = refuse_position(job, position, error);
        if (r < 0)
                return r;
        r = jobs_open_output(server->jobs, job, position, &fd, &start, &end);
        if (r < 0)
                return error_set(error, r);
        return sd_bus_reply_method_return(call, "htt", fd, start, end);
}
