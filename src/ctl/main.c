/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/agent.h"
#include "ctl/options.h"
#include "ctl/terminal.h"
#include "ctl/usage.h"

#define START_OPTIONS                                                                              \
        "  -n --name=NAME                 name of the job\n"                                       \
        "  -C --working-directory=DIR     where it runs; default: here\n"                          \
        "  -E --setenv=NAME[=VALUE]       set a variable, or pass one on\n"                        \
        "     --clean-env                 a login's environment instead of this one\n"             \
        "     --umask=MASK                octal; default: the present one\n"                       \
        "     --input=FILE|-              standard input: a file, or this one; default: none\n"    \
        "  -t --timeout=TIME              fail if it runs longer\n"                                \
        "     --stop-timeout=TIME         from TERM to KILL when it is stopped\n"                  \
        "     --success-exit-status=N,…   statuses that are a success beside 0\n"                \
        "     --nice=N                    scheduling priority, -20 to 19\n"                        \
        "     --output-limit=SIZE         how much output is kept\n"                               \
        "     --output-full=drop|block    at the limit: drop the oldest, or let the job wait\n"    \
        "     --kill-signal=SIGNAL        what it is stopped with; default: TERM, of run INT\n"    \
        "     --merge-output              standard error goes where standard output goes\n"        \
        "     --memory-max=SIZE           memory, beyond which it is killed\n"                     \
        "     --memory-high=SIZE          memory, beyond which it is slowed down\n"                \
        "     --tasks-max=N               processes and threads\n"                                 \
        "     --cpu-weight=N              share of busy processors, 1 to 10000; others have 100\n" \
        "     --cpu-quota=PERCENT         processor time; 100% is one processor\n"                 \
        "     --io-weight=N               share of busy disks, 1 to 10000; others have 100\n"      \
        "     --private-network           no network\n"                                            \
        "     --private-tmp               a /tmp and /var/tmp of its own\n"                        \
        "     --protect-system=yes|full|strict     parts of the system are read-only\n"            \
        "     --protect-home=yes|read-only|tmpfs   home directories are hidden, read-only\n"       \
        "     --no-new-privileges         no set-uid programs\n"                                   \
        "     --uid=USER --gid=GROUP      run as another user or group\n"                          \
        "  -p --property=NAME=VALUE       a unit property, as in systemd-run; -p help lists them\n"

static const Verb verbs[] = {
        { "start", 1, verb_start, "[OPTION…] [--] COMMAND…", "Start a job, print its id", START_OPTIONS },
        { "run", 1, verb_run, "[OPTION…] [--] COMMAND…", "Start a job, show its output, end as it does",
          START_OPTIONS "     --keep                      leave the job and its output\n"
                        "     --detach-on-interrupt       Ctrl-C leaves the job running\n" },
        { "list", 0, verb_list, "[OPTION…] [JOB…]", "List jobs",
          "     --state=STATE,…             only jobs in these states\n"
          "     --has-more-data[=no]        only jobs with output to receive, or without\n"
          "     --newest=N                  only the N that ended last, or have not ended\n"
          "     --before=TIME --after=TIME  only jobs that ended before, after\n"
          "     --command=GLOB              only jobs whose command looks like this\n"
          "     --all-users                 everybody's jobs\n"
          "  -l --long                      also when they began and ended; nothing is cut\n" },
        { "show", 1, verb_show, "[OPTION…] JOB…", "Show everything about jobs, for programs",
          "  -p --property=NAME,…           only these\n"
          "     --value                     only the values\n" },
        { "status", 1, verb_status, "JOB…", "Show how jobs are doing, and their last output", NULL },
        { "receive", 1, verb_receive, "[OPTION…] JOB…", "Take the output of jobs",
          "     --keep                      leave it there for the next time\n"
          "     --follow                    go on until the job has finished\n"
          "     --wait                      the same, for scripts: with --remove\n"
          "     --remove                    remove the job afterwards\n"
          "     --stream=stdout|stderr      only one stream; leaves it there\n"
          "     --output=cat|short|json     the bytes, lines with time and stream, or JSON\n" },
        { "wait", 1, verb_wait, "[OPTION…] JOB…", "Wait until jobs have finished",
          "     --any                       until one of them has\n"
          "     --timeout=TIME              no longer than this\n"
          "     --force                     also for jobs that cannot go on by themselves\n" },
        { "stop", 1, verb_stop, "[OPTION…] JOB…", "Stop jobs",
          "     --no-wait                   do not wait until they have ended\n"
          "     --dry-run                   only say which\n" },
        { "kill", 1, verb_kill, "[OPTION…] JOB…", "Send jobs a signal",
          "  -s --signal=SIGNAL             default: TERM\n"
          "     --all                       to all processes, not the command alone\n"
          "     --dry-run                   only say which\n" },
        { "remove", 1, verb_remove, "[OPTION…] JOB…", "Remove finished jobs and their output",
          "     --force                     stop those that run\n"
          "     --dry-run                   only say which\n" },
        { "monitor", 0, verb_monitor, "[JOB…]", "Show changes as they happen", NULL },
};

static const char global_options_text[] =
                "\nOptions everywhere:\n"
                "  -H --host=[USER@]HOST          the jobs of another machine, over ssh\n"
                "     --json=off|short|pretty     output as JSON\n"
                "     --no-legend                 no headings and footers\n"
                "     --no-pager                  no pager\n"
                "     --no-ask-password           never ask for a password\n"
                "  -q --quiet                     less talk\n"
                "  -h --help  --version\n"
                "\n"
                "JOB is an id (7), a UUID, a name, or a pattern of names ('make*').\n"
                "See jobctl(1).\n";

int options_help(const Ctl *c) {
        g_autoptr(GString) out = g_string_new(NULL);

        if (c->verb) {
                g_string_append_printf(out, "jobctl %s %s\n\n%s.\n", c->verb->name, c->verb->usage,
                                       c->verb->summary);
                if (c->verb->options)
                        g_string_append_printf(out, "\nOptions:\n%s", c->verb->options);
        } else {
                g_string_append(out, "jobctl [OPTION…] VERB …\n\nStart commands as jobs, and look after "
                                     "them.\n\nVerbs:\n");
                for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
                        g_string_append_printf(out, "  %-8s %s %*s%s\n", verbs[i].name, verbs[i].usage,
                                               (int) (25 - g_utf8_strlen(verbs[i].usage, -1)), "",
                                               verbs[i].summary);
        }
        g_string_append(out, global_options_text);
        if (!g_get_charset(NULL))
                (void) g_string_replace(out, "…", "...", 0);
        return terminal_print(out->str, out->len);
}

static const Verb *verb_find(const char *name) {
        for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}

static int run(Ctl *c, int argc, char **argv) {
        static const Options before_verb = { .posix = true };
        int status;

        if (options_next(c, &before_verb, argc, argv) != OPTIONS_END)
                return STATUS_USAGE;
        if (!options_finish(c, &argc, &argv, &status))
                return status;
        if (argc == 0)
                return fail_usage(c, "a verb is missing");
        c->verb = verb_find(argv[0]);
        if (!c->verb)
                return fail_usage(c, "unknown verb '%s'", argv[0]);
        optind = 0; /* getopt() starts anew */
        return c->verb->run(c, argc, argv);
}

/*
 * A standard descriptor that the caller has closed is taken by the next file: what was printed would go into
 * the connection to the bus. In its place is put what cannot be read or written.
 */
static void take_standard_descriptors(void) {
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv) {
        Ctl c = { 0 };
        int status;

        take_standard_descriptors();
        terminal_init();
        status = run(&c, argc, argv);

        agent_close(&c.client);
        if (c.client.bus)
                c.client.bus = sd_bus_flush_close_unref(c.client.bus);
        return status;
}
