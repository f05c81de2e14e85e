/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Files of assignments in one section, as systemd has them: [Section], KEY=VALUE, and comments after # or ;
 * at the beginning of a line. Lines are not continued. What is wrong is told with its file and line.
 */

#define CONFIG_FILE_SIZE_MAX (64U * 1024U)

/* One assignment, blanks stripped. NULL, or what is wrong with it, for the caller to free. */
typedef char *(*ConfigAssign)(const char *key, const char *value, void *userdata);

/* `problems`: of char *, "PATH:LINE: TEXT", valid UTF-8 without control characters. False: there is no such
 * file. */
bool config_file_read(const char *path, const char *section, ConfigAssign assign, void *userdata,
                      GPtrArray *problems);
