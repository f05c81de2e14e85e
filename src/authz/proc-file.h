/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file of /proc/PROCESS: made when it is read, so it never waits for a disk. NULL if the process is gone,
 * or the file is longer than 2 MiB. */
char *proc_read(const char *process, const char *name);

/* The fields of /proc/PID/stat, as proc(5) counts them. */
#define PROC_STAT_NICE       19U
#define PROC_STAT_START_TIME 22U
#define PROC_STAT_POLICY     41U

/* A field of the text, from the third on; NULL if there is none. The second, the process's name for itself,
 * may have anything in it but is the last in brackets. */
char *proc_stat_field(const char *stat, unsigned field);

/* The value of a line of /proc/PID/status, as it stands there between tabs; NULL if there is no such line.
 * The name of the process, which it chooses, stands in there with its line feeds escaped. */
char *proc_status_value(const char *status, const char *field);
