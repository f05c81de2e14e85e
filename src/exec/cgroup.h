/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* `root` is where the unified tree is mounted; NULL: find it where systemd mounts it. */

/* A descriptor on the root of the unified tree, or −errno. */
int cgroup_open_root(const char *root);

/* What the kernel counted for our own cgroup; UINT64_MAX where it does not tell. */
void cgroup_own_usage(const char *root, uint64_t *ret_memory_peak, uint64_t *ret_cpu_usec);

/* CPU time of all others that are or were in our cgroup, µs; 0 where the kernel does not tell. */
uint64_t cgroup_others_cpu(const char *root);

/* Whether one of the others in our cgroup wants to go on: runs, would if the machine had a processor for it,
 * or waits for a disk. Not, where the kernel does not tell. */
bool cgroup_others_want(const char *root);

/* The path of our own cgroup below the root, to be freed; NULL: there is no unified tree, or it is
 * the root itself, or there is no memory. */
char *cgroup_own_path(void);

/* Whether a process is in that cgroup, or below it. If that cannot be told, it is. */
bool cgroup_has(pid_t pid, const char *path);

/*
 * Sends the signal to every process in that cgroup but to ourselves; as far as we may: not to those that
 * became another user's. KILL also reaches what they have forked meanwhile.
 */
void cgroup_kill_others(const char *root, const char *path, int signo);

/* The first process in the file `procs`, relative to the root; −ENOENT if there is none. */
pid_t cgroup_first_process(const char *root, const char *procs);
