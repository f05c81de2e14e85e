/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/names.h"

/*
 * The spec: what jobd tells jobd-exec to run, in a sealed memfd on descriptor 0. Not unit properties, which
 * everybody can read over D-Bus, and not a file, which its owner could change after it was authorised.
 *
 * Layout: the header, then NUL-terminated strings without padding: the directory (absolute, or "~": the user's
 * home), argv[0] … argv[n_argv - 1],
 * then n_env assignments NAME=VALUE. `size` counts all of it. Written and read on the same machine: host byte
 * order. Both sides come from the same build; the version in the magic guards an upgrade under running jobs.
 */

#define EXEC_SPEC_MAGIC    "JOBDSPC1"
#define EXEC_SPEC_SIZE_MAX (JOBD_COMMAND_MAX + JOBD_PATH_MAX + 4096U)

/* Lay the assignments over the login environment that systemd gave (HOME, USER, PATH, …). Otherwise they are
 * the whole environment. */
#define EXEC_SPEC_LOGIN_ENVIRONMENT (UINT32_C(1) << 0)

typedef struct ExecSpecHeader {
        char magic[8];
        uint32_t size;
        uint32_t flags;
        uint32_t job_id;
        uint32_t umask;
        uint32_t n_argv; /* at least 1 */
        uint32_t n_env;
        uint64_t allowed; /* bytes of output that may be sent before the first CONTROL_ACK */
        char uuid[40];    /* the job's InstanceId, 36 characters, NUL-padded */
} ExecSpecHeader;

/* Where jobd-exec puts the descriptor's offset, which all share who have it: a job is run once, also if somebody has
 * its unit started again, with the descriptors that systemd still has. */
#define EXEC_SPEC_TAKEN 1

_Static_assert(sizeof(ExecSpecHeader) == 80, "the spec's header has a fixed layout");
