/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * jobd-exec: the main process of a job's unit. Runs the command, pumps its output into the journal byte for
 * byte, and records its end. One thread, one loop; libc alone.
 *
 * Nothing it prints can be seen by anybody: descriptor 2 is the job's standard input. What goes wrong stands
 * in the exit record, and if there can be none, in the exit status.
 */

typedef struct ExecConfig {
        const char *journald_procs; /* cgroup.procs of journald's unit, below the root of the cgroup tree */
        const char *cgroup_root;    /* NULL: where systemd mounts the unified tree */
        pid_t manager;              /* systemd */
        /* µs: so long without a journal before the start, and it is given up; so long without a sign of life
         * from it after the command's end, and jobd is asked */
        uint64_t patience;
        uint64_t look; /* µs: the pause between two looks for what others still write, see drain.h */
} ExecConfig;

/* Does everything; returns an exit status (wire/exit-status.h) for main(), or ends by the signal that ended
 * the command. */
int exec_run(const ExecConfig *config, int argc, char **argv);
