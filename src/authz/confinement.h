/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * A job is a child of PID 1: a process in a box could leave it through jobd. True if the process has NoNewPrivileges or
 * a system call filter, is in a user namespace of its own, is no process of `uid` any more, or if that cannot be told.
 * `pidfd`: of that process, so that its number cannot have become another's meanwhile.
 */
bool process_is_confined(pid_t pid, int pidfd, uid_t uid);
