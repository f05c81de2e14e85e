/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/journal-ids.h"
#include "base/job-id.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "wire/names.h"

#define FIELD "JOBD_ID"

int journal_highest_id(const char *directory, uint32_t *ret) {
        g_autoptr(sd_journal) journal = NULL;
        uint32_t highest = 0;
        JobId id;
        const void *data;
        size_t size;
        int r;

        if (directory)
                r = sd_journal_open_directory(&journal, directory, 0);
        else
                r = sd_journal_open_namespace(&journal, JOBD_JOURNAL_NAMESPACE, SD_JOURNAL_LOCAL_ONLY);
        if (r >= 0)
                r = sd_journal_query_unique(journal, FIELD);
        while (r >= 0 && (r = sd_journal_enumerate_unique(journal, &data, &size)) > 0) {
                g_autofree char *text = g_strndup(data, size);

                if (g_str_has_prefix(text, FIELD "=") &&
                    job_id_parse(JOB_ID_LABEL, text + strlen(FIELD "="), &id) >= 0)
                        highest = MAX(highest, id.number);
        }
        if (r < 0 && r != -ENOENT)
                return r;
        *ret = highest;
        return 0;
}
