/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "wire/job-id.h"
#include "wire/names.h"

/*
 * The spec: what jobd tells jobd-exec to run, in a sealed memfd on descriptor 0. Not unit properties, which
 * everybody can read over D-Bus, and not a file, which its owner could change after it was authorised.
 *
 * Layout: the header, then NUL-terminated strings without padding: the directory (absolute, or "~": the
 * user's home), argv[0] … argv[n_argv - 1], then n_env assignments NAME=VALUE, then, with that flag,
 * ExecLimits. `size` counts all of it. Written and read on the same machine: host byte order. Both sides
 * come from the same build; the version in the magic guards an upgrade under running jobs.
 */

#define EXEC_SPEC_MAGIC    "JOBDSPC2"
#define EXEC_SPEC_SIZE_MAX (JOBD_COMMAND_MAX + JOBD_PATH_MAX + 8192U)

/* Lay the assignments over the login environment that systemd gave (HOME, USER, PATH, …). Otherwise they are
 * the whole environment. */
#define EXEC_SPEC_LOGIN_ENVIRONMENT (UINT32_C(1) << 0)
/* The limits of the caller's process stand at the end. */
#define EXEC_SPEC_LIMITS (UINT32_C(1) << 1)
/* Standard error goes where standard output goes. */
#define EXEC_SPEC_MERGE_OUTPUT (UINT32_C(1) << 2)

typedef struct ExecSpecHeader {
        char magic[8];
        uint64_t size;
        uint32_t flags;
        JobId job;
        uint16_t umask;
        uint16_t stop_signal; /* with which systemd stops the unit: not passed on, as the command has it */
        uint32_t n_argv;      /* at least 1 */
        uint32_t n_env;
        uint64_t allowed; /* bytes of output that may be sent before the first CONTROL_ACK */
        char uuid[40];    /* the job's InstanceId, 36 characters, NUL-padded */
} ExecSpecHeader;

/* Where jobd-exec puts the descriptor's offset, which all share who have it: a job is run once, also if
 * somebody has its unit started again, with the descriptors that systemd still has. */
#define EXEC_SPEC_TAKEN 1

/*
 * How limited the process was that started the job: the command, not jobd-exec, is so at least. Of each
 * value and what the unit gives, the narrower one counts; so EXEC_LIMITS_NONE takes nothing away.
 */
#define EXEC_RESOURCES 16  /* as many as Linux has of RLIMIT_* */
#define EXEC_CPUS_MAX  512 /* bytes of a list of processors */

typedef struct ExecLimits {
        uint64_t resources[EXEC_RESOURCES][2]; /* soft and hard limit of each RLIMIT_*; UINT64_MAX: none */
        uint32_t resources_set;                /* bit RLIMIT_*: it counts */
        int32_t nice;
        int32_t oom_score_adj;
        uint32_t policy; /* SCHED_OTHER, SCHED_BATCH or SCHED_IDLE */
        uint32_t io;     /* as ioprio_set(2) has it, of the class best-effort or idle; 0: nothing */
        /* the audit login id; UINT32_MAX: none. It limits nothing, and goes along with them */
        uint32_t login_uid;
        char cpus[EXEC_CPUS_MAX]; /* "0-3,7"; "": all */
} ExecLimits;

#define EXEC_LIMITS_NONE ((ExecLimits){ .nice = -20, .oom_score_adj = -1000, .login_uid = UINT32_MAX })

_Static_assert(sizeof(ExecLimits) == 792, "the spec's limits have a fixed layout");
_Static_assert(sizeof(ExecSpecHeader) == 88, "the spec's header has a fixed layout");
