/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The options of StartJob that have a value and nothing else: each is a row here, by which the bus reads it,
 * the record keeps it, GetDetails tells it, the job's unit gets it, and jobctl has a word for it. What is
 * missing is what it does beside that, in one place. Words, files and persons (Name, CommandBytes,
 * WorkingDirectory, StandardInput, User, Properties and the like) are read by bus/start-options.c.
 */

typedef enum JobOptionId {
        JOB_OPTION_UMASK,
        JOB_OPTION_RUNTIME_MAX,
        JOB_OPTION_STOP_TIMEOUT,
        JOB_OPTION_SUCCESS_EXIT_STATUS,
        JOB_OPTION_NICE,
        JOB_OPTION_OUTPUT_LIMIT,
        JOB_OPTION_OUTPUT_FULL,
        JOB_OPTION_KILL_SIGNAL,
        JOB_OPTION_MERGE_OUTPUT,
        JOB_OPTION_MEMORY_HIGH,
        JOB_OPTION_MEMORY_MAX,
        JOB_OPTION_TASKS_MAX,
        JOB_OPTION_CPU_WEIGHT,
        JOB_OPTION_CPU_QUOTA,
        JOB_OPTION_IO_WEIGHT,
        JOB_OPTION_NO_NEW_PRIVILEGES,
        JOB_OPTION_PRIVATE_NETWORK,
        JOB_OPTION_PRIVATE_TMP,
        JOB_OPTION_PROTECT_SYSTEM,
        JOB_OPTION_PROTECT_HOME,
        _JOB_OPTION_MAX,
} JobOptionId;

#define JOB_OPTION_WORDS_MAX 4U
#define JOB_OPTION_LIST_MAX  256U /* elements of an "ai" */

typedef struct JobOption {
        const char *name;
        const char *type;     /* "u", "i", "t", "b", "s" or "ai" */
        int64_t min;          /* of a number, or of a list's elements */
        uint64_t max;         /* UINT64_MAX is infinity */
        bool has_user_bounds; /* others for all but root */
        int64_t user_min;
        uint64_t user_max;                       /* 0: no other */
        uint64_t standard;                       /* the number that counts if none is given */
        const char *words[JOB_OPTION_WORDS_MAX]; /* of "s"; the first is what counts if none is given */
        bool is_octal;
        bool is_signal;         /* an "s" that names one: the property is its number, an "i" */
        bool is_limit;          /* a limit or a box: polkit is told of it, if the job is another user's */
        bool is_box;            /* changes the command's view of the system */
        bool is_told;           /* by GetDetails also if it was not given */
        const char *property;   /* of the unit, of the same type; NULL: none */
        bool is_always_set;     /* the property, also if it was not given: systemd's default is another */
        const char *controller; /* of the cgroup tree, without which it does nothing; NULL: none */
} JobOption;

extern const JobOption job_options[_JOB_OPTION_MAX];

/* NULL: no such option. */
const JobOption *job_option_find(const char *name);

/* What is wrong with `value`, for people and for the caller to free; NULL: nothing. */
char *job_option_complain(const JobOption *option, GVariant *value);
