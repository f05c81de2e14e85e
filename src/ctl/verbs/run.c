/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/state.h"
#include "client/bus.h"
#include "client/call.h"
#include "client/interrupt.h"
#include "client/jobs.h"
#include "client/receive.h"
#include "client/report.h"
#include "ctl/outcome.h"
#include "ctl/spec/spec.h"
#include "ctl/usage.h"

enum {
        OPTION_KEEP = OPTION_BASE,
        OPTION_DETACH,
};

static const Option option_rows[] = {
        { OPTION_KEEP, "keep", NULL, "leave the job and its output" },
        { OPTION_DETACH, "detach-on-interrupt", NULL, "Ctrl-C leaves the job running" },
};

/* Output that was shown is let go in pieces of this size: no more of it waits in jobd. */
#define CONSUME_STEP (UINT64_C(1024) * 1024)

typedef struct Run {
        Ctl *c;
        Spec spec;
        bool keep, detach;
        JobId id;
        Receiver receiver;
        int signo; /* that asked to end, 0 for none */
        unsigned n_signals;
        bool detached; /* the job goes on without us */
} Run;

static bool blocks_when_full(const Spec *spec) {
        GVariant *full = spec_values_get(spec->values, "OutputFull");

        return full && strcmp(g_variant_get_string(full, NULL), "block") == 0;
}

static int take_option(const Ctl *c, Run *run, int option) {
        switch (option) {
        case OPTION_KEEP:
                run->keep = true;
                return STATUS_OK;
        case OPTION_DETACH:
                run->detach = true;
                return STATUS_OK;
        default:
                return spec_take_option(c, &run->spec, option);
        }
}

static int parse_arguments(Ctl *c, Run *run, int argc, char **argv) {
        g_autoptr(GArray) all = spec_rows_new(&OPTIONS(option_rows));
        Options options = spec_options(all);
        int option, status;

        while ((option = options_next(c, &options, argc, argv)) != OPTIONS_END) {
                status = take_option(c, run, option);
                if (status != STATUS_OK)
                        return status;
        }
        if (!options_finish(c, &options, &argc, &argv, &status))
                return status == STATUS_OK ? SPEC_ANSWERED : status;
        if (run->keep && blocks_when_full(&run->spec))
                return fail_usage(c, "with --keep nothing is received, so that --output-full=block would "
                                     "let the job wait for ever");
        if (!spec_values_get(run->spec.values, "KillSignal")) /* as a terminal's Ctrl-C */
                spec_values_set(run->spec.values, "KillSignal", g_variant_new_string("INT"));
        return spec_prepare(c, &run->spec, argv);
}

/* A job that has ended meanwhile needs neither. */
static void stop(Run *run) {
        g_autoptr(sd_bus_message) call = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

        if (bus_new_job_call(&run->c->client, run->id, "Stop", &call) >= 0 &&
            sd_bus_message_append(call, "a{sv}", 1, "Wait", "b", 0) >= 0)
                (void) bus_call(&run->c->client, call, &error, NULL);
}

static void kill_it(Run *run) {
        g_autoptr(sd_bus_message) call = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

        if (bus_new_job_call(&run->c->client, run->id, "Kill", &call) >= 0 &&
            sd_bus_message_append(call, "sa{sv}", "KILL", 1, "Whom", "s", "all") >= 0)
                (void) bus_call(&run->c->client, call, &error, NULL);
}

/* Ctrl-C: stop; once more: kill; and then whoever waits has waited enough. */
static void on_interrupt(Run *run) {
        const char *again = isatty(STDIN_FILENO) ? "Ctrl-C" : "another signal";

        run->signo = interrupt_take();
        run->n_signals++;
        if (run->detach)
                run->detached = true;
        else if (run->n_signals == 1) {
                note(&run->c->client, "stopping job %s; %s once more kills all its processes",
                     job_id_label(run->id).text, again);
                stop(run);
        } else if (run->n_signals == 2)
                kill_it(run);
        else {
                warn("job %s is left to itself; 'jobctl kill --all -s KILL %s' kills it",
                     job_id_label(run->id).text, job_id_label(run->id).text);
                run->c->client.bus = sd_bus_flush_close_unref(run->c->client.bus);
                interrupt_die(run->signo);
        }
}

/* Shows the output until the end, or until its reader is gone. Negative errno as receiver_step(). */
static int show(Run *run, sd_bus_error *error) {
        Receiver *x = &run->receiver;
        int r = 0;

        while (!x->reader.end && !run->detached) {
                r = receiver_step(x, error);
                if (r == -EINTR && interrupt_peek())
                        on_interrupt(run);
                else if (r < 0)
                        return r;
        }
        do
                r = sink_flush(&x->sink);
        while (r == -EINTR && interrupt_take());
        return r;
}

/* How it ended, and away with it: only then, or it could be gone before anybody knows. */
static int finish(Run *run) {
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL, ignored = SD_BUS_ERROR_NULL;
        JobResult result;
        Job job;
        int r;

        r = job_fetch(&run->c->client, run->id, &job, &reply, &error);
        if (r < 0)
                return fail_call(&run->c->client, r, &error, "tell how job %s ended",
                                 job_id_label(run->id).text);
        if (!run->keep)
                (void) bus_call_job(&run->c->client, run->id, "Remove", &ignored, NULL);

        outcome_tell_missing(&job);
        result = job_result_from_string(job.result);
        if (job_state_from_string(job.state) == JOB_FAILED && result != JOB_RESULT_EXIT_CODE &&
            result != JOB_RESULT_SIGNAL)
                warn("job %s: %s", job_id_label(run->id).text, job.reason);
        return outcome_status(&job);
}

/* The job goes on; what was shown is received. */
static void detach(Run *run) {
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        Receiver *x = &run->receiver;

        (void) receiver_consume(x, 1, &error);
        tell("%s", job_id_label(run->id).text);
}

/* Nobody reads any more: as SIGPIPE would end the command in a shell. */
static void stop_and_remove(Run *run) {
        g_autoptr(sd_bus_message) call = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

        stop(run);
        if (!run->keep && bus_new_job_call(&run->c->client, run->id, "Remove", &call) >= 0 &&
            sd_bus_message_append(call, "a{sv}", 1, "Force", "b", 1) >= 0)
                (void) bus_call(&run->c->client, call, &error, NULL);
}

static int run_job(Run *run) {
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        int r;

        r = show(run, &error);
        if (run->detached) {
                detach(run);
                return STATUS_OK;
        }
        if (run->receiver.sink.failed) {
                if (r != -EPIPE)
                        warn("cannot write the output of job %s: %s; the job is stopped",
                             job_id_label(run->id).text, g_strerror(-r));
                stop_and_remove(run);
                if (r == -EPIPE && run->signo == 0)
                        run->signo = SIGPIPE;
                return STATUS_FAILURE;
        }
        if (r < 0)
                return fail_call(&run->c->client, r, &error, "show the output of job %s",
                                 job_id_label(run->id).text);
        return finish(run);
}

int verb_run(Ctl *c, int argc, char **argv) {
        Run run = { .c = c };
        int status;

        spec_init(&run.spec);
        status = parse_arguments(c, &run, argc, argv);
        if (status == STATUS_OK) {
                interrupt_catch();
                status = spec_start(c, &run.spec, &run.id);
        }
        if (status == STATUS_OK) {
                receiver_init(&run.receiver, &c->client, run.id, OUTPUT_CAT, _STREAM_INVALID, 0);
                /* a job that waits for its reader must not wait for a whole step */
                run.receiver.consume_step = blocks_when_full(&run.spec) ? 1 : CONSUME_STEP;
                run.receiver.read_step = CONSUME_STEP;
                run.receiver.lazy = !run.keep;
                status = run_job(&run);
                receiver_done(&run.receiver);
        }
        spec_done(&run.spec);
        if (run.signo) {
                c->client.bus = sd_bus_flush_close_unref(c->client.bus);
                interrupt_die(run.signo);
        }
        return MAX(status, STATUS_OK);
}
