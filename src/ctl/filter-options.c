/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/filter-options.h"
#include "base/parse.h"
#include "base/state.h"
#include "ctl/text/timestamp.h"
#include "ctl/usage.h"

enum {
        FILTER_HAS_MORE_DATA = FILTER_STATE + 1,
        FILTER_NEWEST,
        FILTER_BEFORE,
        FILTER_AFTER,
        FILTER_COMMAND,
        FILTER_NAME,
        FILTER_OWNER,
        FILTER_CHILDREN,
};

static const Option option_rows[] = {
        { FILTER_STATE, "state", "STATE,…", "only jobs in these states" },
        { FILTER_HAS_MORE_DATA, "has-more-data", "[=no]", "only jobs with output to receive, or without" },
        { FILTER_NEWEST, "newest", "N", "only the N that ended last, or have not ended" },
        { FILTER_BEFORE, "before", "TIME", "only jobs that ended before, after" },
        { FILTER_AFTER, "after", "TIME", NULL },
        { FILTER_COMMAND, "command", "GLOB", "only jobs whose command, whose name looks like this" },
        { FILTER_NAME, "name", "GLOB", NULL },
        { FILTER_OWNER, "owner", "USER", "the jobs of this user" },
        { FILTER_CHILDREN, "children", NULL, "their children, too" },
};

const Options filter_options = OPTIONS(option_rows);

static int parse_states(const Ctl *c, char ***ret) {
        g_auto(GStrv) words = g_strsplit(optarg, ",", -1);

        if (!words[0])
                return fail_usage(c, "--state= is one state or more, not ''");
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

static int parse_has_more_data(const Ctl *c, int *ret) {
        bool flag = true;

        if (optarg && parse_boolean(optarg, &flag) < 0)
                return fail_usage(c, "--has-more-data= is yes or no, not '%s'", optarg);
        *ret = flag ? 1 : -1;
        return STATUS_OK;
}

static int parse_newest(const Ctl *c, Filters *f) {
        if (parse_u32(optarg, &f->newest) < 0)
                return fail_usage(c, "--newest= is a number, not '%s'", optarg);
        f->is_newest_given = true;
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

static int parse_word(const Ctl *c, const char *option, const char *what, const char **ret) {
        if (!optarg[0])
                return fail_usage(c, "--%s= is %s, not ''", option, what);
        *ret = optarg;
        return STATUS_OK;
}

static int take(const Ctl *c, Filters *f, int option) {
        switch (option) {
        case FILTER_STATE:
                return parse_states(c, &f->states);
        case FILTER_HAS_MORE_DATA:
                return parse_has_more_data(c, &f->has_more_data);
        case FILTER_NEWEST:
                return parse_newest(c, f);
        case FILTER_BEFORE:
                return parse_time(c, "before", &f->before_usec);
        case FILTER_AFTER:
                return parse_time(c, "after", &f->after_usec);
        case FILTER_COMMAND:
                return parse_word(c, "command", "a pattern", &f->command);
        case FILTER_NAME:
                return parse_word(c, "name", "a pattern", &f->name);
        case FILTER_OWNER:
                return parse_word(c, "owner", "a user", &f->owner);
        case FILTER_CHILDREN:
                f->children = true;
                return STATUS_OK;
        default:
                return option;
        }
}

int filter_options_take(const Ctl *c, Filters *f, int option) {
        int status = option < OPTION_FILTERS || option >= OPTION_BASE ? option : take(c, f, option);

        return status == STATUS_USAGE ? OPTIONS_ERROR : status;
}
