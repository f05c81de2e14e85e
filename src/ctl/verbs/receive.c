/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/interrupt.h"
#include "client/jobs.h"
#include "client/receive.h"
#include "client/report.h"
#include "ctl/life.h"
#include "ctl/options.h"
#include "ctl/outcome.h"
#include "ctl/selection.h"
#include "ctl/terminal.h"
#include "ctl/usage.h"
#include "wire/frame.h"

enum {
        OPTION_WAIT = OPTION_BASE,
        OPTION_REMOVE,
        OPTION_STREAM,
        OPTION_OUTPUT,
};

static const Option option_rows[] = {
        { 'k', "keep", NULL, "leave it there for the next time" },
        { 'f', "follow", NULL, "go on until the job has finished" },
        { OPTION_WAIT, "wait", NULL, "the same, for scripts: with --remove" },
        { OPTION_REMOVE, "remove", NULL, "remove the job afterwards" },
        { OPTION_STREAM, "stream", "stdout|stderr", "only one stream; leaves it there" },
        { OPTION_OUTPUT, "output", "cat|short|json", "the bytes, lines with time and stream, or JSON" },
};

/* How long a reader may stand still before what lies in his pipe is left for the next time; the same after a
 * signal. */
#define PATIENCE_USEC UINT64_C(10000000)
#define HURRY_USEC    UINT64_C(200000)

typedef struct ReceiveArguments {
        bool keep, follow, wait, remove;
        Stream only; /* _STREAM_INVALID: both */
        OutputMode mode;
} ReceiveArguments;

static int take_stream(const Ctl *c, ReceiveArguments *a) {
        a->only = stream_from_string(optarg);
        if (a->only < 0)
                return fail_usage(c, "--stream= is stdout or stderr, not '%s'", optarg);
        return STATUS_OK;
}

static int take_output(const Ctl *c, ReceiveArguments *a) {
        static const char *const modes[] = {
                [OUTPUT_CAT] = "cat", [OUTPUT_SHORT] = "short", [OUTPUT_JSON] = "json"
        };

        for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
                if (strcmp(modes[i], optarg) == 0) {
                        a->mode = (OutputMode) i;
                        return STATUS_OK;
                }
        return fail_usage(c, "--output= is cat, short or json, not '%s'", optarg);
}

static int take_option(const Ctl *c, ReceiveArguments *a, int option) {
        switch (option) {
        case 'k':
                a->keep = true;
                return STATUS_OK;
        case 'f':
                a->follow = true;
                return STATUS_OK;
        case OPTION_WAIT:
                a->wait = true;
                return STATUS_OK;
        case OPTION_REMOVE:
                a->remove = true;
                return STATUS_OK;
        case OPTION_STREAM:
                return take_stream(c, a);
        case OPTION_OUTPUT:
                return take_output(c, a);
        default:
                return STATUS_USAGE;
        }
}

static int check_arguments(const Ctl *c, ReceiveArguments *a) {
        if (a->keep && a->wait)
                return fail_usage(c, "--keep and --wait cannot be used together; --keep --follow shows "
                                     "output as it comes and leaves it there");
        if (a->keep && a->remove)
                return fail_usage(c, "--keep and --remove cannot be used together");
        if (c->json != JSON_OFF)
                a->mode = OUTPUT_JSON;
        a->keep = a->keep || a->only >= 0;
        return STATUS_OK;
}

/* Where to begin and, unless it goes on live, to stop. */
static int begin(Receiver *x, const ReceiveArguments *a, uint64_t *ret_stop, sd_bus_error *error) {
        uint64_t first;
        int r;

        if (!a->keep) {
                r = receiver_lease(x, false, error);
                if (r < 0 && error_is(error, JOBD_E_BUSY)) {
                        sd_bus_error_free(error);
                        note(x->c, "somebody else is receiving job %s: waiting for the end of that",
                             job_id_label(x->job).text);
                        r = receiver_lease(x, true, error);
                }
                if (r < 0)
                        return r;
        }
        r = output_range(x->c, x->job, &first, ret_stop, error);
        if (r >= 0)
                receiver_begin_at(x, first);
        return r;
}

/*
 * Also after an error: what the reader has is received. *ret_drained as receiver_drain(). A reader who
 * stands still is not waited for without end: he may be the one who waits for us.
 */
static int end(Receiver *x, int *ret_drained, sd_bus_error *error) {
        g_auto(sd_bus_error) ignored = SD_BUS_ERROR_NULL;
        bool hurry = interrupt_take() != 0;
        int r;

        x->c->hurry = hurry;
        r = receiver_consume(x, 1, error);
        *ret_drained = x->lease ? receiver_drain(x, hurry ? HURRY_USEC : PATIENCE_USEC) : 1;
        if (r >= 0)
                r = receiver_consume(x, 1, error);
        if (x->lease)
                (void) bus_call_job(x->c, x->job, "EndReceive", &ignored, NULL);
        return r;
}

static int transfer(Receiver *x, const ReceiveArguments *a, sd_bus_error *error) {
        uint64_t stop;
        int r;

        r = begin(x, a, &stop, error);
        if (r >= 0)
                r = receiver_present(x, stop, error);
        while (r >= 0 && (a->wait || a->follow) && !x->reader.end)
                r = receiver_step(x, error);
        return r < 0 ? r : receiver_finish(x, error);
}

enum {
        RECEIVED_FAMILY = -1, /* it has no output of its own, but children */
};

/* What became of the output; the error of a call goes before one of writing. */
static int receive(Ctl *c, const ReceiveArguments *a, JobId id) {
        LifeOfJob life = { .life = life_init(c), .client = &c->client, .job = id };
        g_auto(Receiver) x = { 0 };
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL, end_error = SD_BUS_ERROR_NULL;
        int r, signo, q, drained;

        receiver_init(&x, &c->client, id, a->mode, a->only, 0);
        if (a->wait && life.life.on) {
                x.on_idle = life_show_job;
                x.userdata = &life;
        }
        r = transfer(&x, a, &error);
        signo = interrupt_peek();
        q = end(&x, &drained, &end_error);
        signo = signo ?: interrupt_peek();
        report_clear_line();
        if (x.sink.failed == EPIPE)
                interrupt_die(SIGPIPE);
        if (signo)
                interrupt_die(signo);
        if (r < 0 && error_is(&error, JOBD_E_NOT_SUPPORTED))
                return RECEIVED_FAMILY;
        if (r < 0 && error_is_no_such_job(&error) && x.reader.position > 0)
                return fail(STATUS_FAILURE, "job %s was removed meanwhile; that was the end of its output",
                            job_id_label(id).text);
        if (x.sink.failed)
                return fail(STATUS_FAILURE, "cannot write the output of job %s: %s", job_id_label(id).text,
                            g_strerror(x.sink.failed));
        if (r < 0)
                return fail_call(&c->client, r, &error, "receive job %s", job_id_label(id).text);
        if (q < 0)
                return fail_call(&c->client, q, &end_error, "mark the output of job %s as received",
                                 job_id_label(id).text);
        if (drained <= 0 && a->remove)
                return fail(STATUS_FAILURE,
                            "job %s is not removed: its output was not read to the end, and can be received "
                            "again",
                            job_id_label(id).text);
        if (drained == -ETIME)
                note(&c->client,
                     "not all of the output of job %s was read; the rest comes again the next time",
                     job_id_label(id).text);
        return STATUS_OK;
}

/* Before anything is touched: what cannot be removed afterwards is not received. */
static int check_removable(Ctl *c, JobId id) {
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        g_autofree char *label = NULL;
        Job job;
        int r = job_fetch(&c->client, id, &job, &reply, &error);

        if (r < 0)
                return fail_call(&c->client, r, &error, "receive job %s", job_id_label(id).text);
        if (job_is_finished(&job))
                return STATUS_OK;
        label = job_label(&job);
        return fail(STATUS_FAILURE,
                    "cannot remove job %s: it has not finished (%s); --wait waits for its end", label,
                    job.state);
}

/* One after the other, in their order. */
static int receive_children(Ctl *c, const ReceiveArguments *a, JobId id) {
        static const char *const properties[] = { "Name", NULL };
        g_auto(JobList) children = { 0 };
        int status;

        status = job_list_fetch(&c->client, &(JobQuery){ .properties = properties, .parent = id },
                                &children);
        for (guint i = 0; status == STATUS_OK && i < children.jobs->len; i++)
                status = receive(c, a, job_list_at(&children, i)->id);
        return status;
}

static int receive_and_more(Ctl *c, const ReceiveArguments *a, JobId id) {
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        Job job;
        int r;

        if (a->remove && !a->wait && !a->follow) {
                r = check_removable(c, id);
                if (r != STATUS_OK)
                        return r;
        }
        r = receive(c, a, id);
        if (r == RECEIVED_FAMILY)
                r = receive_children(c, a, id);
        if (r != STATUS_OK)
                return r;
        r = job_fetch(&c->client, id, &job, &reply, &error);
        if (r < 0)
                return fail_call(&c->client, r, &error, "receive job %s", job_id_label(id).text);
        outcome_tell(&job);
        if (!a->remove)
                return STATUS_OK;
        r = bus_call_job(&c->client, id, "Remove", &error, NULL);
        return r < 0 ? fail_call(&c->client, r, &error, "remove job %s", job_id_label(id).text) : STATUS_OK;
}

int verb_receive(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        ReceiveArguments a = { .only = _STREAM_INVALID };
        int option, status;

        while ((option = options_next(c, &options, argc, argv)) != OPTIONS_END) {
                status = take_option(c, &a, option);
                if (status != STATUS_OK)
                        return status;
        }
        if (!options_finish(c, &options, &argc, &argv, &status))
                return status;
        status = check_arguments(c, &a);
        if (status != STATUS_OK)
                return status;

        status = selection_ids(c, &filters, argv, ids);
        if (!c->client.bus)
                return status;
        interrupt_catch_hangup();
        for (guint i = 0; i < ids->len; i++) {
                int r = receive_and_more(c, &a, g_array_index(ids, JobId, i));

                status = MAX(status, r);
        }
        return status;
}
