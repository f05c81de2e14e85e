/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/transient.h"

#include <dirent.h>
#include <errno.h>
#include <glib.h>

#include "model/job.h"

int units_highest_id(const char *folder, uint32_t *ret) {
        DIR *dir = opendir(folder);
        struct dirent *entry;
        uint32_t id;

        *ret = 0;
        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(dir)))
                if (job_parse_unit_name(entry->d_name, &id))
                        *ret = MAX(*ret, id);
        (void) closedir(dir);
        return 0;
}
