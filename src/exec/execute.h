/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * As execvp(3) with an environment, but for what the kernel cannot execute: /bin/sh gets it only if it is
 * text, as shells decide. Of a program for another processor, or a file of NULs, a shell would run the words
 * that it finds. Returns only on failure, with errno: ENOEXEC for such a file. True: the file is there, and
 * the program that its first line names, or its loader, is not.
 */
bool execute(char **argv, char **env);
