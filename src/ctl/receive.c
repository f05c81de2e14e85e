/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "ctl/bus.h"
#include "ctl/details.h"
#include "ctl/receive.h"

void receiver_init(Receiver *x, Ctl *c, uint32_t job, OutputMode mode, uint8_t only, uint64_t position) {
        *x = (Receiver){ .c = c, .job = job };
        sink_init(&x->sink, mode, only, job, position);
        x->reader = reader_init(c, job, &x->sink, position);
        x->sink.life = &x->life;
        x->consumed = position;
}

void receiver_done(Receiver *x) {
        life_clear(&x->life);
        reader_done(&x->reader);
        sink_done(&x->sink);
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
        if (x->reader.position < begin)
                x->reader.position = x->sink.written = begin;
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

int output_range(Ctl *c, uint32_t job, uint64_t *ret_begin, uint64_t *ret_end, sd_bus_error *error) {
        g_auto(Details) details = { 0 };
        Range range = { 0 };
        int r;

        r = bus_call_job(c, job, "GetDetails", NULL, error, &details.properties);
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
                r = sd_bus_message_append(call, "tt", from, to);
        return r < 0 ? r : bus_call(x->c, call, error, NULL);
}

int receiver_consume(Receiver *x, uint64_t at_least, sd_bus_error *error) {
        uint64_t to = x->sink.written, begin, end;
        int r;

        if (!x->lease || to <= x->consumed || to - x->consumed < at_least)
                return 0;
        r = consume(x, x->consumed, to, error);
        if (r < 0 && error_is(error, JOBD_E_CHANGED)) {
                /* the job's limit dropped some of what we had read: the rest is still to be consumed */
                sd_bus_error_free(error);
                r = output_range(x->c, x->job, &begin, &end, error);
                if (r >= 0 && begin < to)
                        r = consume(x, begin, to, error);
        }
        if (r >= 0)
                x->consumed = to;
        return r;
}

int receiver_present(Receiver *x, uint64_t stop, sd_bus_error *error) {
        int r = 1;

        /* by steps, so that what is out can go while the rest is read */
        while (r > 0 && x->reader.position < stop) {
                uint64_t before = x->reader.position, step = MIN(stop - before, UINT64_C(16) * 1024 * 1024);

                r = reader_read_present(&x->reader, before + step, error);
                if (r >= 0)
                        r = receiver_consume(x, x->consume_step, error);
                if (r >= 0)
                        r = x->reader.position > before;
        }
        return MIN(r, 0);
}

/* The life line, except where it would stand in the middle of the output's own line. */
static void on_tick(Reader *reader) {
        Receiver *x = (Receiver *) ((char *) reader - offsetof(Receiver, reader));
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        g_autofree char *text = NULL;
        Job job;

        if (!x->sink.at_line_start && isatty(STDOUT_FILENO))
                return;
        if (job_fetch(x->c, x->job, &job, &reply, &error) < 0)
                return;
        text = life_of_job(&job);
        life_show(&x->life, text);
}

int receiver_live(Receiver *x, sd_bus_error *error) {
        int r = 0;

        while (r >= 0 && !x->reader.end) {
                r = reader_read_next(&x->reader, x->life.on ? on_tick : NULL, error);
                if (r >= 0 && x->reader.much)
                        r = receiver_present(x, UINT64_MAX, error);
                if (r >= 0)
                        r = receiver_consume(x, x->consume_step, error);
        }
        return r;
}
