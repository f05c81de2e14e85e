/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The records that jobd-exec sends to journald's namespace "jobd" and jobd reads back. Plain defines, no
 * code: jobd-exec links libc alone.
 *
 * Every record: MESSAGE_ID, JOBD_RECORD (version), JOBD_JOB (UUID), JOBD_ID (number), PRIORITY,
 * SYSLOG_IDENTIFIER, MESSAGE. Numbers are decimal ASCII.
 *
 *   output  MESSAGE: the bytes, with one final newline taken off if JOBD_NEWLINE=1 (0 otherwise);
 *           JOBD_STREAM=stdout|stderr; JOBD_OFFSET: of its first byte in that stream.
 *           PRIORITY 6 for stdout, 3 for stderr. JOBD_TASK: whose it is, of the tasks of a job; left out
 *           where there are none
 *   start   sent before the command is forked
 *   exit    JOBD_WAIT_STATUS: as of waitpid(2), or JOBD_ERRNO and JOBD_STEP (word of exec-step.h) if the
 *           command could not be executed, or JOBD_CANCELLED=1 if a TERM came before the fork;
 *           JOBD_STOPPED=1 if systemd had begun to stop the unit before the command ended;
 *           JOBD_STDOUT_BYTES, JOBD_STDERR_BYTES: totals of the streams, with what was left unread in the
 *           pipes; JOBD_MEMORY_PEAK (bytes), JOBD_CPU_USEC: of the unit's cgroup, left out where the kernel
 *           does not tell
 */

#define RECORD_VERSION "1"

#define RECORD_MESSAGE_ID_OUTPUT "42cbaf9d7c3e4058b2e4ee9bee31aa5e"
#define RECORD_MESSAGE_ID_START  "8bf700be4de040d794644ac21a327c47"
#define RECORD_MESSAGE_ID_EXIT   "4eb2afc3f92c4da984c80c83552d665e"

/* Bytes of output in one record, with its newline, if that was taken off. */
#define RECORD_DATA_MAX (1024U * 1024U)

/* In one that is sent as a datagram; larger ones are sent as a sealed memfd. */
#define RECORD_DATAGRAM_MAX (64U * 1024U)

/* What sd_journal_set_data_threshold() needs: a field may be compressed, then the threshold counts its name
 * too. */
#define RECORD_READ_THRESHOLD (RECORD_DATA_MAX + 64U * 1024U)

/* Sent again if journald dies: the last records, by bytes in datagrams, and of the large ones the last
 * two. */
#define RECORD_WINDOW_MAX (1024U * 1024U)
