/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Exit statuses of jobd-exec itself; systemd's number for the nearest thing, so that its own log reads well.
 * A command may exit with the same ones: what counts is the exit record, which says which it was.
 */
enum {
        EXEC_EXIT_AGAIN = 0,     /* the job has been run before; systemd is to forget this one */
        EXEC_EXIT_CHDIR = 200,   /* the directory cannot be entered */
        EXEC_EXIT_EXEC = 203,    /* the command cannot be executed, or not forked */
        EXEC_EXIT_MEMORY = 204,  /* no memory or descriptors for jobd-exec itself; no exit record */
        EXEC_EXIT_SPEC = 208,    /* the spec on descriptor 0 is not one; no exit record */
        EXEC_EXIT_JOURNAL = 209, /* no journal for 10 s: the command was not started; no exit record */
};
