/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * jobd-exec: the main process of a job's unit. Runs the command, pumps its output into the journal byte for byte,
 * and records its end. One thread, one loop; libc alone.
 *
 * Nothing it prints can be seen by anybody: descriptor 2 is the job's standard input. What goes wrong stands in
 * the exit record, and if there can be none, in the exit status.
 */

typedef struct ExecConfig {
        const char *journald_procs; /* cgroup.procs of journald's unit, below the root of the cgroup tree */
        const char *cgroup_root;    /* NULL: where systemd mounts the unified tree */
        pid_t manager;              /* systemd */
        uint64_t patience; /* µs: so long without a journal before the start, and it is given up; so long
                                     * without a sign of life from it after the command's end, and jobd is asked */
        uint64_t look;     /* µs: the pause between two looks for what others still write, see drain.h */
} ExecConfig;

/* Exit statuses of jobd-exec itself; systemd's number for the nearest thing, so that its own log reads well.
 * A command may exit with the same ones: what counts is the exit record, which says which it was. */
enum {
        EXEC_EXIT_AGAIN = 0,     /* the job has been run before; systemd is to forget this one */
        EXEC_EXIT_CHDIR = 200,   /* the directory cannot be entered */
        EXEC_EXIT_EXEC = 203,    /* the command cannot be executed, or not forked */
        EXEC_EXIT_MEMORY = 204,  /* no memory or descriptors for jobd-exec itself; no exit record */
        EXEC_EXIT_SPEC = 208,    /* the spec on descriptor 0 is not one; no exit record */
        EXEC_EXIT_JOURNAL = 209, /* no journal for 10 s: the command was not started; no exit record */
};

/* Does everything; returns an exit status for main(), or ends by the signal that ended the command. */
int exec_run(const ExecConfig *config, int argc, char **argv);
