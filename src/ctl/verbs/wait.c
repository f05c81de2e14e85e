/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/dict.h"
#include "base/format.h"
#include "base/job-id.h"
#include "base/parse.h"
#include "base/state.h"
#include "client/away.h"
#include "client/bus.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/interrupt.h"
#include "client/jobs.h"
#include "client/pending.h"
#include "client/report.h"
#include "ctl/filter-options.h"
#include "ctl/life.h"
#include "ctl/options.h"
#include "ctl/rows.h"
#include "ctl/select.h"
#include "ctl/selection.h"
#include "ctl/text/timestamp.h"
#include "ctl/usage.h"
#include "ctl/wait-answer.h"
#include "wire/names.h"

enum {
        OPTION_ANY = OPTION_BASE,
        OPTION_FORCE,
};

static const Option option_rows[] = {
        { OPTION_ANY, "any", NULL, "until one of them has" },
        { FILTER_STATE, "state", "STATE,…", "until they are in one of these states" },
        { 't', "timeout", "TIME", "no longer than this" },
        { OPTION_FORCE, "force", NULL, "also for jobs that cannot go on by themselves" },
};

static int new_call(Ctl *c, const WaitArguments *a, const GArray *ids, uint64_t timeout_usec,
                    sd_bus_message **ret) {
        g_autoptr(sd_bus_message) call = NULL;
        int r;

        r = bus_new_manager_call(&c->client, "WaitJobs", &call);
        if (r >= 0)
                r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "o");
        for (guint i = 0; r >= 0 && i < ids->len; i++)
                r = sd_bus_message_append(call, "o", job_id_path(g_array_index(ids, JobId, i)).text);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(call, "{sv}", "Mode", "s", a->any ? "any" : "all");
        if (r >= 0 && timeout_usec != UINT64_MAX)
                r = sd_bus_message_append(call, "{sv}", "TimeoutUSec", "t", timeout_usec);
        if (r >= 0 && a->force)
                r = sd_bus_message_append(call, "{sv}", "Force", "b", 1);
        if (r >= 0 && a->states)
                r = dict_append_strv(call, "States", a->states);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                *ret = g_steal_pointer(&call);
        return r;
}

static void tick(Ctl *c, Life *life, const GArray *ids, uint64_t since) {
        static const char *const properties[] = { "Name",         "State",       "BeginTimestamp",
                                                  "EndTimestamp", "OutputBytes", NULL };
        g_autofree char *text = NULL,
                        *passed = format_timespan_short((timestamp_now() - since) / 1000000 * 1000000);
        g_auto(JobList) list = { 0 };
        guint finished = 0;

        if (ids->len > 1 && job_list_fetch(&c->client, &(JobQuery){ .properties = properties, .ids = ids },
                                           &list) != STATUS_OK)
                return;
        for (guint i = 0; i < ids->len && list.jobs; i++) {
                const Job *job = job_list_find(&list, g_array_index(ids, JobId, i));

                finished += !job || job_is_finished(job);
        }
        if (list.jobs)
                text = g_strdup_printf("%u of %u jobs have finished, %s", finished, ids->len, passed);
        else {
                g_autoptr(sd_bus_message) reply = NULL;
                g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
                Job job;

                if (job_fetch(&c->client, g_array_index(ids, JobId, 0), &job, &reply, &error) < 0)
                        return;
                text = life_of_job(&job);
        }
        life_show(life, text);
}

/* One call of WaitJobs, and its answer once it is there. */
static int call_wait(Ctl *c, const WaitArguments *a, const GArray *ids, uint64_t timeout_usec,
                     uint64_t since, Pending *pending, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL;
        Life life = life_init(c);
        int r;

        r = new_call(c, a, ids, timeout_usec, &call);
        if (r >= 0)
                r = pending_send(&c->client, call, pending);
        if (r < 0)
                return r;
        pending->once = true; /* the next one waits for what is left of the time */
        while ((r = pending_wait(&c->client, pending, life_tick(&life))) == 0)
                tick(c, &life, ids, since);
        report_clear_line();
        return r < 0 ? r : pending_result(pending, error);
}

/* The answer of WaitJobs. Jobs go on while jobd is away, and so does the time. */
static int wait_for_answer(Ctl *c, const WaitArguments *a, const GArray *ids, Pending *pending,
                           sd_bus_error *error) {
        uint64_t since = timestamp_now(), begin = (uint64_t) g_get_monotonic_time(), left = a->timeout_usec;

        for (;;) {
                int r = call_wait(c, a, ids, left, since, pending, error), k;

                if (r >= 0 || !error_is_away(&c->client, r, error))
                        return r;
                k = away_wait(&c->client);
                if (k == -EHOSTDOWN)
                        return r;
                sd_bus_error_free(error);
                if (k < 0)
                        return k;
                if (a->timeout_usec != UINT64_MAX)
                        left = a->timeout_usec -
                               MIN(a->timeout_usec, (uint64_t) g_get_monotonic_time() - begin);
        }
}

/* In the order in which they were named. */
static int print_rows(Ctl *c, const GArray *named, JobMap *reached) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new();
        const char *names[ROWS_PROPERTIES_MAX + 1];
        g_auto(JobList) list = { 0 };
        int r;

        if (c->client.quiet || (g_hash_table_size(reached) == 0 && c->json == JSON_OFF))
                return STATUS_OK;
        r = job_list_fetch(&c->client,
                           &(JobQuery){ .properties = rows_properties(c, 0, names), .ids = named }, &list);
        if (r != STATUS_OK)
                return r;
        for (guint i = 0; i < named->len; i++) {
                JobId id = g_array_index(named, JobId, i);
                const Job *job = job_list_find(&list, id);

                if (!job_map_has(reached, id))
                        continue;
                if (job)
                        g_ptr_array_add(rows, (void *) job);
                else
                        note(&c->client, "job %s has finished, and was removed since",
                             job_id_label(id).text);
        }
        return rows_print(c, (const Job *const *) rows->pdata, rows->len, 0);
}

/* Jobs that do not exist are told of, and do not keep the others from being waited for. */
static int drop_missing(Ctl *c, GArray *ids) {
        static const char *const properties[] = { "State", NULL };
        g_auto(JobList) list = { 0 };
        int status;

        status = job_list_fetch(&c->client, &(JobQuery){ .properties = properties, .ids = ids }, &list);
        if (status != STATUS_OK)
                return status;
        for (guint i = 0; i < ids->len;) {
                JobId id = g_array_index(ids, JobId, i);

                if (job_list_find(&list, id)) {
                        i++;
                        continue;
                }
                status = fail(STATUS_NOT_FOUND, "there is no job %s", job_id_label(id).text);
                g_array_remove_index(ids, i);
        }
        return status;
}

static int wait_for(Ctl *c, const WaitArguments *a, GArray *ids) {
        g_autoptr(JobMap) reached = job_map_new(NULL);
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        g_auto(Pending) pending = { 0 };
        WaitAnswer answer = { .reached = reached };
        int missing = STATUS_OK, r;

        interrupt_catch();
        r = wait_for_answer(c, a, ids, &pending, &error);
        if (r < 0 && error_is_no_such_job(&error)) {
                missing = drop_missing(c, ids);
                if (ids->len == 0 || missing == STATUS_FAILURE)
                        return missing;
                sd_bus_error_free(&error);
                r = wait_for_answer(c, a, ids, &pending, &error);
        }
        if (r == -EINTR)
                interrupt_die(interrupt_take());
        if (r >= 0)
                r = wait_answer_read(pending.reply, a, &answer);
        if (r < 0)
                return fail_call(&c->client, r, &error, "wait");
        r = print_rows(c, ids, reached);
        return r != STATUS_OK ? r : MAX(answer.status, missing);
}

int verb_wait(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        WaitArguments a = { .timeout_usec = UINT64_MAX };
        g_auto(GStrv) states = NULL;
        int option, status, r;

        while ((option = options_next(c, &options, argc, argv)) != OPTIONS_END) {
                if (option == 't') {
                        if (parse_timespan(optarg, &a.timeout_usec) < 0)
                                return fail_usage(c, "--timeout= is a time as 10, 0.5 or 2min, not '%s'",
                                                  optarg);
                } else if (option == OPTION_ANY)
                        a.any = true;
                else if (option == OPTION_FORCE)
                        a.force = true;
                else
                        return STATUS_USAGE;
        }
        /* here it says for what, not for which jobs */
        a.states = states = g_steal_pointer(&filters.states);
        if (!options_finish(c, &options, &argc, &argv, &status))
                return status;
        status = selection_ids(c, &filters, argv, ids);
        if (!c->client.bus || ids->len == 0)
                return status;
        r = wait_for(c, &a, ids);
        return MAX(status, r);
}
