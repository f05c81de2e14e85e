/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/transient.h"
#include "base/job-id.h"

#include <dirent.h>
#include <errno.h>
#include <glib.h>

#include "model/job.h"

int units_highest_id(const char *folder, uint32_t *ret) {
        DIR *dir = opendir(folder);
        struct dirent *entry;
        JobId id;

        *ret = 0;
        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(dir)))
                if (job_id_parse(JOB_ID_UNIT, entry->d_name, &id) >= 0)
                        *ret = MAX(*ret, id.number);
        (void) closedir(dir);
        return 0;
}
