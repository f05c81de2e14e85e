/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file of /proc/PROCESS: made when it is read, so it never waits for a disk. NULL if the process is gone. */
char *proc_read(const char *process, const char *name);

/* The value of a line of /proc/PID/status, as it stands there between tabs; NULL if there is no such line. The name of
 * the process, which it chooses, stands in there with its line feeds escaped. */
char *proc_status_value(const char *status, const char *field);
