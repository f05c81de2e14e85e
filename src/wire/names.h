/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/*
 * Every name that another program can see: on the bus, in the file system, in the journal.
 */

#define JOBD_BUS_NAME          "org.jobd1"
#define JOBD_MANAGER_PATH      "/org/jobd1"
#define JOBD_JOB_PATH_PREFIX   "/org/jobd1/job"
#define JOBD_MANAGER_INTERFACE "org.jobd1.Manager"
#define JOBD_JOB_INTERFACE     "org.jobd1.Job"
#define JOBD_ERROR_PREFIX      "org.jobd1.Error."

#define JOBD_JOURNAL_NAMESPACE "jobd"
#define JOBD_JOURNAL_SOCKET    "/run/systemd/journal.jobd/socket"
#define JOBD_CGROUP_ROOT       "/sys/fs/cgroup"
#define JOBD_COPIES_DIR        "/run/jobd/unsaved"           /* see store/copies.h */
#define JOBD_MEETING_DIR       "/run/jobd/control"           /* see output/meeting.h */
#define JOBD_AUDIT_SOCKET      "/run/systemd/journal/socket" /* the system's journal */

/* Nobody can choose more than this at one time, over the bus or in a file. */
#define JOBD_COMMAND_MAX (2U * 1024U * 1024U) /* argv and environment together, see command_word_size() */
#define JOBD_NAME_MAX    255U                 /* bytes of a job's name */
#define JOBD_PATH_MAX    4096U                /* bytes of a directory, with its NUL */

#define JOBD_UUID_SIZE 37U /* 36 characters and a NUL */

/* What a word of so many bytes takes of JOBD_COMMAND_MAX: with its NUL and a pointer to it, as execve(2)
 * counts. Else two million empty words were two megabytes. */
static inline size_t command_word_size(size_t length) {
        return length + 1 + sizeof(char *);
}
