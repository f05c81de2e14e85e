/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "client/bus.h"
#include "client/call.h"
#include "client/pending.h"
#include "client/reader.h"
#include "client/segment.h"

/* Payload asked for at once. A message of that size is still cheap to carry. */
#define READ_BYTES UINT64_C(262144)

/* What came in one answer that makes the segment file the better way for what follows. */
#define MUCH_BYTES 65536U

/* How long jobd may hold a question: then it is asked again. */
#define READ_TIMEOUT_USEC (UINT64_C(3600) * 1000000)

Reader reader_init(Client *c, JobId job, Sink *sink, uint64_t position) {
        return (Reader){ .c = c, .job = job, .sink = sink, .position = position };
}

void reader_done(Reader *r) {
        g_free(r->buffer);
}

static int take_frame(const Frame *frame, void *userdata) {
        Reader *r = userdata;

        return sink_take(r->sink, &(Piece){ .position = frame->position,
                                            .time = frame->time,
                                            .stream = frame->stream,
                                            .data = frame->data,
                                            .size = frame->size });
}

/* What an answer of ReadOutput brought; *ret_size: bytes of payload. */
static int take_frames(Reader *r, sd_bus_message *reply, size_t *ret_size) {
        uint64_t position, time, next;
        const char *stream;
        const void *data;
        size_t size;
        int k, end;

        *ret_size = 0;
        k = sd_bus_message_enter_container(reply, SD_BUS_TYPE_ARRAY, "(ttsay)");
        if (k < 0)
                return k;
        while ((k = sd_bus_message_enter_container(reply, SD_BUS_TYPE_STRUCT, "ttsay")) > 0) {
                k = sd_bus_message_read(reply, "tts", &position, &time, &stream);
                if (k >= 0)
                        k = sd_bus_message_read_array(reply, SD_BUS_TYPE_BYTE, &data, &size);
                if (k >= 0)
                        k = sd_bus_message_exit_container(reply);
                if (k >= 0)
                        k = sink_take(r->sink, &(Piece){ .position = position,
                                                         .time = time,
                                                         .stream = stream_from_string(stream),
                                                         .data = data,
                                                         .size = size });
                if (k < 0)
                        return k;
                r->position = position;
                *ret_size += size;
        }
        if (k >= 0)
                k = sd_bus_message_exit_container(reply);
        if (k >= 0)
                k = sd_bus_message_read(reply, "tb", &next, &end);
        if (k < 0)
                return k;
        r->position = next;
        r->end = end;
        return 0;
}

/* Asks ReadOutput once. */
static int read_output(Reader *r, uint64_t timeout_usec, uint64_t (*before_wait)(Reader *r),
                       size_t *ret_size, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL;
        g_auto(Pending) pending = { 0 };
        int k;

        k = bus_new_job_call(r->c, r->job, "ReadOutput", &call);
        if (k >= 0)
                k = sd_bus_message_append(call, "ttta{sv}", r->position, READ_BYTES, timeout_usec, 0);
        if (k >= 0)
                k = pending_send(r->c, call, &pending);
        if (k < 0)
                return k;
        pending.once = true; /* who holds the lease must take it again before */
        do
                k = pending_wait(r->c, &pending, before_wait ? before_wait(r) : UINT64_MAX);
        while (k == 0);
        if (k >= 0)
                k = pending_result(&pending, error);
        return k < 0 ? k : take_frames(r, pending.reply, ret_size);
}

typedef struct Segment {
        int fd;
        uint64_t start, end;
} Segment;

static int open_segment(Reader *r, sd_bus_message **ret_reply, Segment *ret, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL;
        int k;

        k = bus_new_job_call(r->c, r->job, "OpenOutput", &call);
        if (k >= 0)
                k = sd_bus_message_append(call, "ta{sv}", r->position, 0);
        if (k >= 0)
                k = bus_call_once(r->c, call, error, ret_reply);
        /* the descriptor is the reply's, and goes with it */
        return k < 0 ? k : sd_bus_message_read(*ret_reply, "htt", &ret->fd, &ret->start, &ret->end);
}

/* There is a damage: jobd counts it, and knows where it goes on. */
static int pass_damage(Reader *r, sd_bus_error *error) {
        uint64_t before = r->position;
        size_t size = 0;
        int k = read_output(r, 0, NULL, &size, error);

        r->stale = false;
        return k < 0 ? k : r->position > before;
}

/* One segment. Returns 1 if something was read, 0 if there is nothing more. */
static int read_segment(Reader *r, uint64_t stop, sd_bus_error *error) {
        g_autoptr(sd_bus_message) reply = NULL;
        uint64_t before = r->position;
        Segment segment;
        int k;

        k = open_segment(r, &reply, &segment, error);
        if (k < 0)
                return k;
        /* what was here has been dropped: it goes on with what is left */
        r->position = MAX(r->position, segment.start);
        if (r->position >= segment.end)
                return 0;
        if (!r->buffer)
                r->buffer = g_malloc(SEGMENT_BUFFER_SIZE);
        k = segment_visit(segment.fd, segment.start, segment.end, stop, &r->position, r->buffer, take_frame,
                          r);
        if (r->position > before)
                r->stale = false;
        if (k == -ESTALE && !r->stale) {
                /* dropped while it was read: asked again, jobd says where it goes on */
                r->stale = true;
                return 1;
        }
        if (k == -ESTALE)
                return pass_damage(r, error);
        return k < 0 ? k : 1;
}

int reader_read_present(Reader *r, uint64_t stop, sd_bus_error *error) {
        int k = 1;

        while (k > 0 && r->position < stop) {
                size_t size = 0;

                if (r->c->host) {
                        k = read_output(r, 0, NULL, &size, error);
                        if (k == 0)
                                k = size > 0 && !r->end;
                } else
                        k = read_segment(r, stop, error);
        }
        r->much = k > 0;
        return k < 0 ? k : sink_flush(r->sink);
}

int reader_read_now(Reader *r, sd_bus_error *error) {
        size_t size = 0;
        int k = read_output(r, 0, NULL, &size, error);

        return k < 0 ? k : sink_flush(r->sink);
}

int reader_read_next(Reader *r, uint64_t (*before_wait)(Reader *r), sd_bus_error *error) {
        size_t size = 0;
        int k;

        k = read_output(r, READ_TIMEOUT_USEC, before_wait, &size, error);
        if (k < 0)
                return k;
        r->much = size >= MUCH_BYTES && !r->end && !r->c->host;
        return sink_flush(r->sink);
}
