/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* jobd.conf(5): the section [Manager]. */
typedef struct Config {
        uint64_t output_limit; /* OutputLimit=: bytes of unreceived output a job may keep unless it chose less */
        uint32_t jobs_max;     /* JobsMax=: jobs there may be, finished ones counted */
        uint32_t running_max; /* RunningMax=: jobs that may be started and not finished, 1 to 16384; the others wait */
} Config;

/* The defaults, overridden by `path`. A missing file is none. A line that cannot be used is logged, with file and
 * key, and its default stands; a file that is no key file is logged, and all defaults stand. −errno for one that cannot
 * be read. */
int config_load(Config *config, const char *path);
