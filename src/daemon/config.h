/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/*
 * jobd.conf(5), the section [Manager]. "User": of one user's jobs, by their Owner; root has no such limit.
 */
typedef struct Config {
        uint32_t jobs_max, user_jobs_max;           /* jobs there may be, finished ones counted */
        uint32_t running_max, user_running_max;     /* jobs that are started and not finished; others wait */
        uint32_t waiting_max, user_waiting_max;     /* calls that wait for something to happen to a job */
        uint32_t questions_max, user_questions_max; /* calls that wait for polkit */
        uint64_t output_limit;      /* bytes of unreceived output of a job that did not choose less */
        uint64_t user_output_limit; /* bytes on disk that the output of all jobs of a user takes */
        uint64_t command_max;       /* bytes of argv and environment together */
} Config;

typedef enum ConfigType { CONFIG_NUMBER, CONFIG_SIZE } ConfigType;

/* One setting. The table is all that parser, defaults and tests know of them. */
typedef struct ConfigKey {
        const char *name;
        ConfigType type;
        size_t offset; /* in Config: of a uint32_t for a number, of a uint64_t for a size */
        uint64_t min, max, fallback;
} ConfigKey;

extern const ConfigKey config_keys[];
extern const size_t n_config_keys;

/* In jobd.conf.d, of all directories together. */
#define CONFIG_DROPINS_MAX 256U

/*
 * The defaults, overridden by what is in `dirs` (NULL-terminated, the administrator's first): the first
 * jobd.conf that is there, then *.conf of every jobd.conf.d, sorted by name; of several with the same name
 * the one of the foremost directory, so that an empty file, or a link to /dev/null, masks those behind.
 * `files` gets the paths of what was read, `problems` what is wrong, "PATH:LINE: KEY=: TEXT" (both of char
 * *): there, what was set before stands.
 */
void config_load(Config *config, const char *const *dirs, GPtrArray *files, GPtrArray *problems);
