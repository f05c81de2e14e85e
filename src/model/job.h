/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/job-id.h"
#include "model/outcome.h"
#include "model/output-state.h"
#include "model/request.h"
#include "model/state.h"
#include "wire/names.h"

/*
 * One job. Every change goes through a function here, which tells the table's observer what changed: nothing
 * in this folder knows of bus, disk or systemd.
 */

typedef enum JobChange {
        /* State, Reason, Result, ExitCode, ExitSignal, ExecErrno, times, HasMoreData, usage */
        JOB_CHANGE_STATE = 1 << 0,
        JOB_CHANGE_OUTPUT = 1 << 1,  /* OutputBytes, OutputLost, OutputDropped */
        JOB_CHANGE_STATUS = 1 << 2,  /* StatusMessage */
        JOB_CHANGE_DRAINED = 1 << 3, /* HasMoreData is false, for ever */
        JOB_CHANGE_WAITING = 1 << 4, /* Reason, before it has started */
        JOB_CHANGE_LIMITS = 1 << 5,  /* ThrottleLimit */
        JOB_CHANGE_REFUSED = 1 << 6, /* Reason: why it stays as it is */
} JobChange;

typedef struct Job Job;

typedef struct JobObserver {
        void (*changed)(Job *job, JobChange what, JobState previous, void *userdata);
        void (*removed)(JobId id, void *userdata); /* from the table; it is no more */
        void *userdata;
} JobObserver;

/* Defined in job.c; and in tests, which put a job where they need it. */
#ifdef JOB_WRITABLE
#        define JOB_CONST
#else
#        define JOB_CONST const
#endif

#define JOB_COMMAND_SHOWN_MAX 512U /* bytes of `command` */

/* How it has ended, and when, while nobody has been told. */
typedef struct JobEnd {
        Outcome outcome;
        uint64_t at; /* µs since 1970 UTC */
} JobEnd;

/* Of a job that has children, see family.h. */
typedef struct Family {
        GPtrArray *children; /* of Job, by their numbers; they are the table's */
        uint32_t n_children; /* as many there were at its acceptance */
        uint32_t throttle;   /* so many run at once */
} Family;

#define FAMILY_CHILDREN_MAX 1000U

struct Job {
        /* The compiler refuses a write to it in all of src but job.c. */
        JOB_CONST struct {
                JobId id;
                char uuid[JOBD_UUID_SIZE];
                char *name; /* NULL: Job<id> */
                uid_t owner;
                uid_t uid;
                char *command;   /* for people, private; see job_request_describe() */
                char *directory; /* interned: many jobs share few */
                JobState state;
                JobResult result;
                char *reason; /* NULL for none */
                int32_t exit_code;
                int32_t exit_signal;
                int32_t exec_errno;
                uint64_t created, begun, ended; /* µs since 1970 UTC, 0: not yet */
                uint64_t cpu_usage_nsec;        /* UINT64_MAX: not known, as the next */
                uint64_t memory_peak;
                char *status_message;
                /* bytes of its record, or at first of command and environment; for the account */
                uint32_t record_size;
                uint64_t stop_requested; /* when a stop was asked for, 0: never */
                uid_t stopped_by;        /* UID_INVALID: systemd was asked, not jobd */
                bool drained;        /* HasMoreData has been seen false in a finished job: false for ever */
                uint64_t revision;   /* goes up with each saving of its record */
                pid_t main_pid;      /* of jobd-exec; 0: not known */
                char boot_id[33];    /* of the boot it was started in */
                JobRequest *request; /* until it is finished */
                JobEnd *settled;     /* NULL: it has not ended, or that has been told */
                Family *family;      /* NULL: it has no children */
                Job *parent;         /* NULL: it is nobody's child */
                bool has_place;      /* a child that may start, as far as its family is concerned */
                const JobObserver *observer;
        };
        OutputState output; /* counted by src/output, which tells of it: job_output_changed() */
};

Job *job_new(JobId id, const char *uuid, uid_t owner, uid_t uid, JobRequest *request);

/* As its record has it: a job of what `saved` says, which takes over what that points to, and `request`.
 * The uuid and the id of the boot are not looked up in `saved`; nor is what the request tells. */
Job *job_restore(Job saved, const char *uuid, const char *boot_id, JobRequest *request);
void job_free(Job *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

/* NULL is left behind. */
JobRequest *job_take_request(Job *job);

void job_observe(Job *job, const JobObserver *observer);

void job_set_created(Job *job, uint64_t now);

/* In which boot it is started: that of its acceptance, or a later one, if it has waited so long. */
void job_set_boot(Job *job, const char *boot_id);

/* Of jobd-exec. */
void job_set_main_pid(Job *job, pid_t pid);

/* A stop was asked for; `by` UID_INVALID: of systemd, not of jobd. */
void job_ask_stop(Job *job, uid_t by, uint64_t now);

/* It ended by itself, before a stop that was asked of systemd came to it. */
void job_forget_stop(Job *job);

/* What it used; UINT64_MAX: not known. */
void job_set_usage(Job *job, uint64_t cpu_usec, uint64_t memory_peak);

void job_set_record_size(Job *job, size_t size);

/* Its record is about to be saved once more: a copy of before is older. */
void job_next_revision(Job *job);

/* It has run, though it was not seen to begin: it ended between two looks, or while it was being stopped. */
void job_set_begun(Job *job, uint64_t begun);

/* To an unfinished state. −EINVAL if the table has no such edge; nothing is changed then. `now`: µs. */
int job_set_state(Job *job, JobState state, uint64_t now);

/* The same, and why. */
int job_set_state_because(Job *job, JobState state, uint64_t now, const char *reason);

/* It stays as it is, though another state was asked for; why. */
void job_refuse(Job *job, const char *reason);

/* It has ended, for good, though to everybody it is what it was until job_finish(). −EINVAL if the table has
 * no such edge. */
int job_settle(Job *job, const Outcome *outcome, uint64_t now);

/* To the state that is settled. */
void job_finish(Job *job);

/* That it has ended is told once more: an earlier jobd may not have come to it. */
void job_tell_end(Job *job);

/* What it is to be after that, for its record and the trail; all that it points to is the job's. */
Job job_foreseen(const Job *job);

/* It has children from here on, of whom none is there yet. */
void job_found_family(Job *parent, uint32_t n_children, uint32_t throttle);

/* The next child; its number is higher than those of the others. */
void job_add_child(Job *parent, Job *child);

/* It may start, as far as its family is concerned; or must wait again. */
void job_set_place(Job *child, bool has_place);

/* What a parent is follows from its children, whatever it was: to an unfinished state. */
void job_follow_children(Job *parent, JobState state, uint64_t begun);

/* So many children run at once. */
void job_set_throttle(Job *parent, uint32_t throttle);

/* Why it waits, as it has not started yet; NULL: for no reason that there are words for. */
void job_set_waiting(Job *job, const char *reason);

/* The output's counters changed. */
void job_output_changed(Job *job);

/* Valid UTF-8. */
void job_set_status_message(Job *job, const char *text);

/* Of a parent: of all its children. */
typedef struct JobOutput {
        uint64_t bytes, unread, lost, dropped;
} JobOutput;

JobOutput job_output(const Job *job);

bool job_has_more_data(const Job *job);
static inline bool job_is_finished(const Job *job) {
        return job_state_is_finished(job->state);
}

/* Or is about to be. */
static inline bool job_is_suspended(const Job *job) {
        return job->state == JOB_SUSPENDING || job->state == JOB_SUSPENDED;
}

/* False: the whole of its request is in its record alone. */
static inline bool job_has_words(const Job *job) {
        return job->request && job->request->argv;
}

/* "Job7" or its name; for the caller to free. */
char *job_dup_name(const Job *job);
