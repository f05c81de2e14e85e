/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A job is a child of PID 1: a process in a box could leave it through jobd. So what counts is in what a
 * process is more confined than PID 1, as far as everybody may read it in /proc: jobd has no capabilities,
 * so /proc/PID/ns and root are closed to it.
 *
 * `process`: its number. Returns what confines it, for people, as in "it has NoNewPrivileges"; NULL:
 * nothing. What cannot be told counts as a box.
 */
const char *confinement_find(const char *process);
