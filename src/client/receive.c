/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "client/away.h"
#include "client/bus.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/details.h"
#include "client/interrupt.h"
#include "client/receive.h"
#include "client/report.h"

/* Between two looks at what a reader has taken. */
#define PAUSE_MIN_USEC   UINT64_C(5000)
#define PAUSE_MAX_USEC   UINT64_C(500000)
#define DRAIN_PAUSE_USEC UINT64_C(200)

/* Nothing has come for that long. */
#define IDLE_USEC UINT64_C(1000000)

void receiver_init(Receiver *x, Client *c, JobId job, OutputMode mode, Stream only, uint64_t position) {
        *x = (Receiver){ .c = c, .job = job, .read_step = UINT64_C(16) * 1024 * 1024 };
        sink_init(&x->sink, mode, only, job, position);
        x->reader = reader_init(c, job, &x->sink, position);
        x->consumed = position;
}

void receiver_done(Receiver *x) {
        report_clear_line();
        reader_done(&x->reader);
        sink_done(&x->sink);
}

void receiver_begin_at(Receiver *x, uint64_t position) {
        x->reader.position = MAX(x->reader.position, position);
        sink_begin_at(&x->sink, position);
}

int receiver_lease(Receiver *x, bool wait, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL, reply = NULL;
        uint64_t begin;
        int r;

        r = bus_new_job_call(x->c, x->job, "BeginReceive", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 1, "Wait", "b", (int) wait);
        if (r >= 0)
                r = bus_call(x->c, call, error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "t", &begin);
        if (r < 0)
                return r;
        x->lease = true;
        x->consumed = begin;
        receiver_begin_at(x, begin);
        return 0;
}

typedef struct Range {
        uint64_t begin, end;
} Range;

static int visit_range(const char *name, sd_bus_message *m, void *userdata) {
        Range *range = userdata;

        if (strcmp(name, "OutputBegin") == 0)
                return sd_bus_message_read(m, "v", "t", &range->begin);
        if (strcmp(name, "OutputEnd") == 0)
                return sd_bus_message_read(m, "v", "t", &range->end);
        return sd_bus_message_skip(m, "v");
}

int output_range(Client *c, JobId job, uint64_t *ret_begin, uint64_t *ret_end, sd_bus_error *error) {
        g_auto(Details) details = { 0 };
        Range range = { .end = UINT64_MAX }; /* a parent has none: whoever reads there is told */
        int r;

        r = bus_call_job(c, job, "GetDetails", error, &details.properties);
        if (r >= 0)
                r = details_visit(&details, visit_range, &range);
        if (r < 0)
                return r;
        *ret_begin = range.begin;
        *ret_end = range.end;
        return 0;
}

static int consume(Receiver *x, uint64_t from, uint64_t to, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL;
        int r;

        r = bus_new_job_call(x->c, x->job, "Consume", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "tta{sv}", from, to, 0);
        return r < 0 ? r : bus_call_once(x->c, call, error, NULL);
}

/* For a short command that is spared the call. */
static bool take_lease(Receiver *x) {
        g_auto(sd_bus_error) busy = SD_BUS_ERROR_NULL;

        if (!x->lease && x->lazy && receiver_lease(x, false, &busy) < 0)
                x->lazy = false; /* somebody else receives it: shall he have it */
        return x->lease;
}

static int try_consume(Receiver *x, uint64_t at_least, sd_bus_error *error) {
        uint64_t to, begin, end;
        bool alive;
        int r;

        (void) sink_look(&x->sink, &alive);
        to = x->sink.taken;
        if (to <= x->consumed || to - x->consumed < at_least || !take_lease(x) || to <= x->consumed)
                return 0;
        r = consume(x, x->consumed, to, error);
        if (r < 0 && error_is(error, JOBD_E_CHANGED)) {
                /* the job's limit dropped some of what we had read: the rest is still to be consumed */
                sd_bus_error_free(error);
                r = output_range(x->c, x->job, &begin, &end, error);
                if (r >= 0 && begin < to)
                        r = consume(x, begin, to, error);
        }
        if (r < 0)
                return r;
        x->consumed = to;
        return 0;
}

/*
 * After an error of a call: if jobd went away, waits until it is back, and takes the lease again, which jobd
 * has forgotten. Then it can go on where it was. Otherwise the error stands.
 */
static int come_back(Receiver *x, int r, sd_bus_error *error) {
        bool away = error_is_away(x->c, r, error);

        if (x->sink.failed || (!away && !(x->lease && error_is(error, JOBD_E_BUSY))))
                return r;
        if (away) {
                int k = away_wait(x->c);

                if (k == -EHOSTDOWN)
                        return r;
                sd_bus_error_free(error);
                if (k < 0)
                        return k;
        }
        sd_bus_error_free(error);
        if (!x->lease)
                return 0;
        x->lease = false;
        if (x->lazy) {
                (void) take_lease(x);
                return 0;
        }
        return receiver_lease(x, true, error);
}

int receiver_consume(Receiver *x, uint64_t at_least, sd_bus_error *error) {
        for (;;) {
                int r = try_consume(x, at_least, error);

                if (r >= 0)
                        return 0;
                r = come_back(x, r, error);
                if (r < 0)
                        return r;
        }
}

int receiver_present(Receiver *x, uint64_t stop, sd_bus_error *error) {
        int r = 1;

        /* by steps, so that what is out can go while the rest is read */
        while (r > 0 && x->reader.position < stop) {
                uint64_t before = x->reader.position, step = MIN(stop - before, x->read_step);

                r = reader_read_present(&x->reader, before + step, error);
                if (r < 0) {
                        r = come_back(x, r, error);
                        if (r >= 0)
                                r = 1;
                        continue;
                }
                r = receiver_consume(x, x->consume_step, error);
                if (r >= 0)
                        r = x->reader.position > before;
        }
        return MIN(r, 0);
}

/* The reader may take what lies in its pipe at any time, and nobody tells: with a full output the job waits
 * for that. */
static uint64_t look_again(Receiver *x) {
        g_auto(sd_bus_error) ignored = SD_BUS_ERROR_NULL; /* the next call tells */
        bool alive;

        if (!x->lease && !x->lazy)
                return UINT64_MAX;
        (void) receiver_consume(x, x->consume_step, &ignored);
        if (sink_look(&x->sink, &alive) || !alive)
                return UINT64_MAX;
        x->pause = CLAMP(x->pause * 2, PAUSE_MIN_USEC, PAUSE_MAX_USEC);
        return x->pause;
}

static uint64_t idle(Receiver *x) {
        int64_t now = g_get_monotonic_time();

        if (!x->on_idle)
                return UINT64_MAX;
        if (now < x->idle_due)
                return (uint64_t) (x->idle_due - now);
        x->on_idle(x->userdata);
        x->idle_due = g_get_monotonic_time() + (int64_t) IDLE_USEC;
        return IDLE_USEC;
}

static uint64_t before_wait(Reader *reader) {
        Receiver *x = (Receiver *) ((char *) reader - offsetof(Receiver, reader));
        uint64_t until_look = look_again(x), until_idle = idle(x);

        return MIN(until_look, until_idle);
}

int receiver_step(Receiver *x, sd_bus_error *error) {
        int r = sink_flush(&x->sink); /* a signal may have ended the last one */

        x->pause = 0;
        x->idle_due = g_get_monotonic_time() + (int64_t) IDLE_USEC;
        if (r >= 0)
                r = x->reader.much ? reader_read_present(&x->reader, x->reader.position + x->read_step,
                                                         error)
                                   : reader_read_next(&x->reader, before_wait, error);
        return r < 0 ? come_back(x, r, error) : receiver_consume(x, x->consume_step, error);
}

int receiver_finish(Receiver *x, sd_bus_error *error) {
        int r = 0;

        while (r >= 0 && sink_holds(&x->sink) && !x->reader.end) {
                uint64_t before = x->reader.position;

                r = reader_read_now(&x->reader, error);
                if (r >= 0 && x->reader.position == before)
                        break;
                if (r < 0)
                        r = come_back(x, r, error);
        }
        return r < 0 ? r : sink_finish(&x->sink, x->reader.end);
}

int receiver_drain(Receiver *x, uint64_t patience) {
        uint64_t pause = DRAIN_PAUSE_USEC, before = 0;
        int64_t since = g_get_monotonic_time();
        bool alive = true;

        while (!sink_look(&x->sink, &alive)) {
                uint64_t taken = x->sink.outlets[0].taken + x->sink.outlets[1].taken;
                int64_t now = g_get_monotonic_time();
                int r;

                if (taken > before)
                        since = now;
                before = taken;
                if (!alive)
                        return 0;
                if (now - since > (int64_t) patience)
                        return -ETIME;
                r = interrupt_sleep(pause);
                if (r < 0)
                        return r;
                pause = MIN(pause * 2, PAUSE_MAX_USEC / 10);
        }
        return 1;
}
