/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/output-state.h"
#include "model/unit-settings.h"
#include "wire/exec-spec.h"

/*
 * What a job was asked to do: the options of StartJob, validated. Kept in memory until the job is finished
 * (its words, which may be 2 MiB, only until systemd or the queue has them), and in its record on disk
 * (without the environment's values) until it is removed.
 */

#define REQUEST_USEC_INFINITY     UINT64_MAX
#define REQUEST_STOP_TIMEOUT      (UINT64_C(10) * 1000 * 1000)
#define REQUEST_STOP_TIMEOUT_MAX  (UINT64_C(300) * 1000 * 1000) /* what an unprivileged caller may ask for */
#define REQUEST_SUCCESS_EXITS_MAX 256U

typedef struct JobRequest {
        char *name;             /* NULL: Job<id> */
        char **argv;            /* bytes, at least one word; NULL: forgotten */
        char **environment;     /* NAME=VALUE; NULL with argv */
        bool login_environment; /* `environment` is laid over the user's login environment */
        uid_t uid;              /* as whom it runs */
        gid_t gid;              /* −1: the user's own */
        char *directory;        /* absolute, or "~": the user's home */
        mode_t umask;
        Fd standard_input; /* −1: /dev/null. Not on disk */
        bool had_input;    /* a descriptor was given: it cannot be had again */
        uint64_t runtime_max_usec;
        uint64_t stop_timeout_usec;
        GArray *success_exits; /* of int32_t; NULL for none */
        int32_t nice;
        bool nice_given;    /* not on disk: of use only while there are limits */
        ExecLimits *limits; /* of the caller's process; NULL: none, or forgotten with argv */
        OutputLimit output_limit;
        GVariant *settings[_UNIT_SETTING_MAX]; /* NULL: not given */
        GVariant *properties;                  /* raw ones, a(sv); NULL for none */
} JobRequest;

JobRequest *job_request_new(void);
void job_request_free(JobRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JobRequest, job_request_free)

/* Frees argv, environment and limits: from here on they are on disk alone. */
void job_request_forget_words(JobRequest *request);

/* The command in one line: its words as quote_word() writes them, at most `max` bytes. One that is cut ends
 * with "…", which a whole one never does: there it would stand in quotes. */
char *job_request_describe(const JobRequest *request, size_t max);

/* The raw properties, with the limits and boxes if these are wanted, too: "a(sv)", for the caller to unref;
 * NULL for none. */
GVariant *job_request_properties(const JobRequest *request, bool with_settings);

bool job_request_is_success(const JobRequest *request, int exit_code);

/* OutputFull: "drop" or "block". */
const char *output_full_to_string(const OutputLimit *limit);
int output_full_from_string(const char *word, OutputLimit *limit);
