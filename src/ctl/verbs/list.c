/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/job-id.h"
#include "base/parse.h"
#include "base/state.h"
#include "client/bus.h"
#include "client/jobs.h"
#include "ctl/options.h"
#include "ctl/rows.h"
#include "ctl/select.h"
#include "ctl/text/timestamp.h"
#include "ctl/usage.h"

enum {
        OPTION_STATE = OPTION_BASE,
        OPTION_HAS_MORE_DATA,
        OPTION_NEWEST,
        OPTION_BEFORE,
        OPTION_AFTER,
        OPTION_COMMAND,
        OPTION_ALL_USERS,
};

#define OPTION_LONG 'l'

static const Option option_rows[] = {
        { OPTION_STATE, "state", "STATE,…", "only jobs in these states" },
        { OPTION_HAS_MORE_DATA, "has-more-data", "[=no]", "only jobs with output to receive, or without" },
        { OPTION_NEWEST, "newest", "N", "only the N that ended last, or have not ended" },
        { OPTION_BEFORE, "before", "TIME", "only jobs that ended before, after" },
        { OPTION_AFTER, "after", "TIME", NULL },
        { OPTION_COMMAND, "command", "GLOB", "only jobs whose command looks like this" },
        { OPTION_ALL_USERS, "all-users", NULL, "everybody's jobs" },
        { OPTION_LONG, "long", NULL, "also when they began and ended; nothing is cut" },
};

typedef struct ListArguments {
        JobQuery query;
        const char *command;
        uint32_t newest;
        bool times;
        bool none; /* nothing can be among the N newest */
} ListArguments;

static int parse_states(const Ctl *c, const char *text, char ***ret) {
        g_auto(GStrv) words = g_strsplit(text, ",", -1);

        for (char **word = words; *word; word++) {
                JobState state = 0;

                while (state < _JOB_STATE_MAX && g_ascii_strcasecmp(job_state_to_string(state), *word) != 0)
                        state++;
                if (state == _JOB_STATE_MAX)
                        return fail_usage(c,
                                          "'%s' is not a state: those are NotStarted, Running, Stopping, "
                                          "Completed, Failed and Stopped",
                                          *word);
                g_free(*word);
                *word = g_strdup(job_state_to_string(state));
        }
        g_strfreev(*ret);
        *ret = g_steal_pointer(&words);
        return STATUS_OK;
}

static int parse_time(const Ctl *c, const char *option, uint64_t *ret) {
        if (timestamp_parse(optarg, timestamp_now(), ret) < 0)
                return fail_usage(c,
                                  "--%s=: '%s' is not a time; write it as '2026-11-20 13:00', 'today' or "
                                  "'1h ago'",
                                  option, optarg);
        *ret = MAX(*ret, 1);
        return STATUS_OK;
}

static int take_option(const Ctl *c, ListArguments *a, int option) {
        bool flag = true;

        switch (option) {
        case OPTION_STATE:
                return parse_states(c, optarg, &a->query.states);
        case OPTION_HAS_MORE_DATA:
                if (optarg && parse_boolean(optarg, &flag) < 0)
                        return fail_usage(c, "--has-more-data= is yes or no, not '%s'", optarg);
                a->query.has_more_data = flag ? 1 : -1;
                return STATUS_OK;
        case OPTION_NEWEST:
                if (parse_u32(optarg, &a->newest) < 0)
                        return fail_usage(c, "--newest= is a number, not '%s'", optarg);
                a->none = a->newest == 0;
                return STATUS_OK;
        case OPTION_BEFORE:
                return parse_time(c, "before", &a->query.before_usec);
        case OPTION_AFTER:
                return parse_time(c, "after", &a->query.after_usec);
        case OPTION_COMMAND:
                a->command = optarg;
                return STATUS_OK;
        case OPTION_ALL_USERS:
                a->query.own = false;
                return STATUS_OK;
        case OPTION_LONG:
                a->times = true;
                return STATUS_OK;
        default:
                return STATUS_USAGE;
        }
}

static int compare_newness(const void *a, const void *b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        return job_newness_compare(x->id, x->end_usec, y->id, y->end_usec);
}

static int compare_id(const void *a, const void *b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        return job_id_compare(x->id, y->id);
}

/* What jobd cannot know: the pattern of the command, and which are named. */
static GPtrArray *filter(const ListArguments *a, const JobList *list, JobMap *named) {
        GPtrArray *rows = g_ptr_array_sized_new(list->jobs->len);

        for (size_t i = 0; i < list->jobs->len; i++) {
                Job *job = job_list_at(list, i);

                if (named && !job_map_has(named, job->id))
                        continue;
                if (a->command && (!job->command || fnmatch(a->command, job->command, 0) != 0))
                        continue;
                g_ptr_array_add(rows, job);
        }
        if (a->none)
                g_ptr_array_set_size(rows, 0);
        else if (a->newest > 0 && a->newest < rows->len) {
                qsort(rows->pdata, rows->len, sizeof(void *), compare_newness);
                g_ptr_array_set_size(rows, (int) a->newest);
                qsort(rows->pdata, rows->len, sizeof(void *), compare_id);
        }
        return rows;
}

/* The ids that the words mean, among all jobs that may be listed, whatever the filters let through. */
static int named_jobs(Ctl *c, char **words, bool own, JobMap *named) {
        static const char *const properties[] = { "Name", "InstanceId", "Owner", NULL };
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        g_auto(JobList) all = { 0 };
        uint32_t uid = 0;
        int status;

        status = job_list_fetch(&c->client, &(JobQuery){ .properties = properties }, &all);
        if (status == STATUS_OK && own)
                status = bus_own_uid(&c->client, &uid);
        if (status != STATUS_OK)
                return status;
        status = select_from(c, &all, words, uid, ids);
        for (size_t i = 0; i < ids->len; i++)
                (void) job_map_add(named, g_array_index(ids, JobId, i));
        return status;
}

static bool any_is_of_another(const GPtrArray *rows, uint32_t uid) {
        for (guint i = 0; i < rows->len; i++)
                if (((const Job *) rows->pdata[i])->owner != uid)
                        return true;
        return false;
}

static int list(Ctl *c, ListArguments *a, char **words) {
        const char *names[ROWS_PROPERTIES_MAX + 1];
        g_autoptr(JobMap) named = words[0] ? job_map_new(NULL) : NULL;
        g_autoptr(GPtrArray) rows = NULL;
        g_auto(JobList) jobs = { 0 };
        RowsFlags flags = ROWS_FOOTER | ROWS_PAGE | (a->times ? ROWS_TIMES : 0), fetched;
        uint32_t uid;
        int status, r;

        /* the N newest are those of what the other filters leave */
        if (!named && !a->command)
                a->query.newest = a->newest;
        status = bus_connect(&c->client);
        if (status == STATUS_OK)
                status = bus_own_uid(&c->client, &uid);
        if (status != STATUS_OK)
                return status;
        fetched = flags | (named ? ROWS_OWNER : 0) | (a->newest > a->query.newest ? ROWS_TIMES : 0);
        if (!a->query.own || uid == 0)
                flags |= ROWS_OWNER;
        a->query.properties = rows_properties(c, fetched | flags, names);
        if (named) {
                status = named_jobs(c, words, a->query.own, named);
                if (status != STATUS_OK && status != STATUS_NOT_FOUND)
                        return status;
                a->query.own = false;
        }
        r = job_list_fetch(&c->client, &a->query, &jobs);
        if (r != STATUS_OK)
                return r;
        rows = filter(a, &jobs, named);
        /* who asked for what is not there has been told so */
        if (rows->len == 0 && status != STATUS_OK && c->json == JSON_OFF)
                return status;
        /* an id may name a job of another */
        if (named && any_is_of_another(rows, uid))
                flags |= ROWS_OWNER;
        r = rows_print(c, (const Job *const *) rows->pdata, rows->len, flags);
        return r != STATUS_OK ? r : status;
}

int verb_list(Ctl *c, int argc, char **argv) {
        const Options options = OPTIONS(option_rows);
        ListArguments a = { .query = { .own = true } };
        int option, status = STATUS_OK;

        while (status == STATUS_OK && (option = options_next(c, &options, argc, argv)) != OPTIONS_END)
                status = option == OPTIONS_ERROR ? STATUS_USAGE : take_option(c, &a, option);
        if (status == STATUS_OK && options_finish(c, &options, &argc, &argv, &status))
                status = list(c, &a, argv);
        g_strfreev(a.query.states);
        return status;
}
