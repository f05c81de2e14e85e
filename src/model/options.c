/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "model/options.h"
#include "model/output-state.h"

#define MIB    (UINT64_C(1024) * 1024)
#define SECOND (UINT64_C(1000) * 1000)

#define OPTION(word, signature) .name = (word), .type = (signature)
/* A limit or a box, which the unit has by the same name. */
#define LIMIT(word, signature) OPTION(word, signature), .property = (word), .is_limit = true

/*
 * Why an unprivileged caller may have each of those that are properties of the unit:
 *
 * None has a path or a name as its value: whatever is opened, PID 1 opens what it always opens, before it
 * changes to the job's user, and never anything that the caller chose.
 *
 * Limits stand in the unit's cgroup, whose files are root's, below jobd-<uid>.slice. The kernel applies
 * every limit on the way up: what a job has beyond its slice's it does not get. A weight counts among the
 * jobs of one user only.
 *
 * Boxes take away. What they could give is a set-uid program that is misled by a view of the system that its
 * user has made up: an empty /tmp, no network, a read-only /etc. So each comes with NoNewPrivileges, under
 * which a set-uid program is one like any other; whoever wants a box without that needs raw properties, and
 * is asked for.
 */
const JobOption job_options[_JOB_OPTION_MAX] = {
        [JOB_OPTION_UMASK] = { OPTION("Umask", "u"), .max = 0777, .standard = 0022, .is_octal = true,
                               .is_told = true },
        /* Ends the caller's own job. */
        [JOB_OPTION_RUNTIME_MAX] = { OPTION("RuntimeMaxUSec", "t"), .min = 1, .max = UINT64_MAX,
                                     .standard = UINT64_MAX, .is_told = true, .property = "RuntimeMaxUSec" },
        /* A shutdown waits that long. */
        [JOB_OPTION_STOP_TIMEOUT] = { OPTION("StopTimeoutUSec", "t"), .max = UINT64_MAX,
                                      .has_user_bounds = true, .user_max = 300 * SECOND,
                                      .standard = 10 * SECOND, .is_told = true,
                                      .property = "TimeoutStopUSec", .is_always_set = true },
        [JOB_OPTION_SUCCESS_EXIT_STATUS] = { OPTION("SuccessExitStatus", "ai"), .max = 255,
                                             .is_told = true },
        /* As setpriority(2) lets everybody. */
        [JOB_OPTION_NICE] = { OPTION("Nice", "i"), .min = -20, .max = 19, .has_user_bounds = true,
                              .user_min = 0, .is_told = true, .property = "Nice" },
        [JOB_OPTION_OUTPUT_LIMIT] = { OPTION("OutputLimit", "t"), .min = OUTPUT_LIMIT_MIN, .max = UINT64_MAX,
                                      .standard = UINT64_MAX, .is_told = true },
        [JOB_OPTION_OUTPUT_FULL] = { OPTION("OutputFull", "s"), .words = { "drop", "block" },
                                     .is_told = true },
        /* To the caller's own processes, and to jobd-exec. */
        [JOB_OPTION_KILL_SIGNAL] = { OPTION("KillSignal", "s"), .words = { "TERM" }, .is_signal = true,
                                     .is_told = true, .property = "KillSignal" },
        [JOB_OPTION_MERGE_OUTPUT] = { OPTION("MergeOutput", "b"), .is_told = true },
        /* memory.high: throttled and reclaimed earlier than the slice would; not so that nothing can begin:
         * see CPU_QUOTA. */
        [JOB_OPTION_MEMORY_HIGH] = { LIMIT("MemoryHigh", "t"), .controller = "memory", .min = 1,
                                     .max = UINT64_MAX, .has_user_bounds = true, .user_min = 4 * MIB },
        /* memory.max: the job's own processes are killed, and nobody else's. */
        [JOB_OPTION_MEMORY_MAX] = { LIMIT("MemoryMax", "t"), .controller = "memory", .min = 1,
                                    .max = UINT64_MAX },
        /* pids.max: may be more than systemd's DefaultTasksMax, which is a default; the slice's holds. */
        [JOB_OPTION_TASKS_MAX] = { LIMIT("TasksMax", "t"), .controller = "pids", .min = 1,
                                   .max = UINT64_MAX },
        /* cpu.weight: takes from the same user's other jobs alone. 0, "idle", is left out: IOWeight has
         * none. Not 1 beside 10000: see CPU_QUOTA. */
        [JOB_OPTION_CPU_WEIGHT] = { LIMIT("CPUWeight", "t"), .controller = "cpu", .min = 1, .max = 10000,
                                    .has_user_bounds = true, .user_min = 10, .user_max = 1000 },
        /* cpu.max: less than there is, or what there is. Not less than 1%, though systemd would take it:
         * since version 256 it starts a process inside of its cgroup and waits, with everything else, until
         * that has executed. */
        [JOB_OPTION_CPU_QUOTA] = { LIMIT("CPUQuotaPerSecUSec", "t"), .controller = "cpu", .min = 10000,
                                   .max = UINT64_MAX },
        /* io.weight: as cpu.weight. */
        [JOB_OPTION_IO_WEIGHT] = { LIMIT("IOWeight", "t"), .controller = "io", .min = 1, .max = 10000,
                                   .has_user_bounds = true, .user_min = 10, .user_max = 1000 },
        /* prctl(2), which everybody may call. False is the default and takes nothing off: jobd-exec inherits
         * none. */
        [JOB_OPTION_NO_NEW_PRIVILEGES] = { LIMIT("NoNewPrivileges", "b") },
        /* A new network namespace that has "lo" alone; the user gets no capability in it. Unix sockets in
         * the file system stay reachable, as jobd-exec needs, and their owners check who connects. */
        [JOB_OPTION_PRIVATE_NETWORK] = { LIMIT("PrivateNetwork", "b"), .is_box = true },
        /* PID 1 makes two directories of its own, root's and not to be entered by others, and removes them
         * at the end: the names are random, the files in them the user's, on the same file systems and in
         * the same quotas. */
        [JOB_OPTION_PRIVATE_TMP] = { LIMIT("PrivateTmp", "b"), .is_box = true },
        /* Fixed paths are mounted read-only; permissions stay what they were. */
        [JOB_OPTION_PROTECT_SYSTEM] = { LIMIT("ProtectSystem", "s"),
                                        .words = { "no", "yes", "full", "strict" }, .is_box = true },
        /* Fixed paths (/home, /root, /run/user) are hidden, read-only, or empty. */
        [JOB_OPTION_PROTECT_HOME] = { LIMIT("ProtectHome", "s"),
                                      .words = { "no", "yes", "read-only", "tmpfs" }, .is_box = true },
};

const JobOption *job_option_find(const char *name) {
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                if (strcmp(job_options[i].name, name) == 0)
                        return &job_options[i];
        return NULL;
}

static char *complain_of_unsigned(const JobOption *option, uint64_t n) {
        if (n >= (uint64_t) option->min && n <= option->max)
                return NULL;
        if (option->is_octal)
                return g_strdup_printf("0%" PRIo64 " is not between 0 and 0%" PRIo64, n, option->max);
        if (option->max == UINT64_MAX)
                return g_strdup_printf("%" PRIu64 " is less than %" PRIi64, n, option->min);
        return g_strdup_printf("%" PRIu64 " is not between %" PRIi64 " and %" PRIu64, n, option->min,
                               option->max);
}

static char *complain_of_signed(const JobOption *option, int32_t n) {
        if (n >= option->min && n <= (int64_t) option->max)
                return NULL;
        return g_strdup_printf("%" PRIi32 " is not between %" PRIi64 " and %" PRIu64, n, option->min,
                               option->max);
}

static char *complain_of_list(const JobOption *option, GVariant *value) {
        gsize n;
        const int32_t *numbers = g_variant_get_fixed_array(value, &n, sizeof(int32_t));

        if (n > JOB_OPTION_LIST_MAX)
                return g_strdup_printf("more than %u values", JOB_OPTION_LIST_MAX);
        for (gsize i = 0; i < n; i++) {
                char *complaint = complain_of_signed(option, numbers[i]);

                if (complaint)
                        return complaint;
        }
        return NULL;
}

static char *complain_of_word(const JobOption *option, const char *word) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (size_t i = 0; i < JOB_OPTION_WORDS_MAX && option->words[i]; i++) {
                if (strcmp(option->words[i], word) == 0)
                        return NULL;
                g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", option->words[i]);
        }
        return g_strdup_printf("'%.32s' is none of %s", word, text->str);
}

/* jobd-exec gets what stops the unit, too: KILL and STOP would end or stop it, and the others have a meaning
 * of their own for it. */
static char *complain_of_signal(const char *word) {
        int signo;

        if (parse_signal(word, &signo) < 0)
                return g_strdup_printf("'%.32s' is no signal", word);
        if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCONT || signo == SIGCHLD || signo == SIGPIPE)
                return g_strdup_printf("no job is stopped with %.32s", word);
        return NULL;
}

char *job_option_complain(const JobOption *option, GVariant *value) {
        if (strcmp(g_variant_get_type_string(value), option->type) != 0)
                return g_strdup_printf("its type is %s, not %s", option->type,
                                       g_variant_get_type_string(value));
        switch (option->type[0]) {
        case 'u':
                return complain_of_unsigned(option, g_variant_get_uint32(value));
        case 't':
                return complain_of_unsigned(option, g_variant_get_uint64(value));
        case 'i':
                return complain_of_signed(option, g_variant_get_int32(value));
        case 'a':
                return complain_of_list(option, value);
        case 's':
                if (option->is_signal)
                        return complain_of_signal(g_variant_get_string(value, NULL));
                return complain_of_word(option, g_variant_get_string(value, NULL));
        default:
                return NULL;
        }
}
