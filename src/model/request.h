/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/output-state.h"
#include "model/values.h"
#include "wire/exec-spec.h"

/*
 * What a job was asked to do: the options of StartJob, validated. Kept in memory until the job is finished
 * (its words, which may be 2 MiB, only until systemd or the queue has them), and in its record on disk
 * (without the environment's values) until it is removed.
 */

#define REQUEST_USEC_INFINITY UINT64_MAX

typedef struct JobRequest {
        char *name;             /* NULL: Job<id> */
        char **argv;            /* bytes, at least one word; NULL: forgotten */
        char **environment;     /* NAME=VALUE; NULL with argv */
        bool login_environment; /* `environment` is laid over the user's login environment */
        uid_t uid;              /* as whom it runs */
        gid_t gid;              /* −1: the user's own */
        char *directory;        /* absolute, or "~": the user's home */
        Fd standard_input;      /* −1: /dev/null. Not on disk */
        bool had_input;         /* a descriptor was given: it cannot be had again */
        ExecLimits *limits;     /* of the caller's process; NULL: none, or forgotten with argv */
        JobValues values;
        GVariant *properties; /* raw ones, a(sv); NULL for none */
} JobRequest;

JobRequest *job_request_new(void);
void job_request_free(JobRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JobRequest, job_request_free)

/* The same with another command, which is taken, and without name and input. It has its words. */
JobRequest *job_request_dup_with(const JobRequest *request, char **argv);

/* Frees argv, environment and limits: from here on they are on disk alone. */
void job_request_forget_words(JobRequest *request);

/* The command in one line: its words as quote_word() writes them, at most `max` bytes. One that is cut ends
 * with "…", which a whole one never does: there it would stand in quotes. */
char *job_request_describe(const JobRequest *request, size_t max);

/* The raw properties, with the limits and boxes if these are wanted, too: "a(sv)", for the caller to unref;
 * NULL for none. */
GVariant *job_request_properties(const JobRequest *request, bool with_limits);

bool job_request_is_success(const JobRequest *request, int exit_code);

/* OutputLimit and OutputFull. */
OutputLimit job_request_output_limit(const JobRequest *request);

/* OutputLimit is that at most. */
void job_request_limit_output(JobRequest *request, uint64_t bytes);
