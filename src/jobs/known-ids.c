/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/known-ids.h"

#include <glib.h>

#include "base/error.h"
#include "base/log.h"
#include "output/journal-ids.h"
#include "systemd/leftovers.h"
#include "systemd/transient.h"

/* Of jobs that were removed the journal knows, of those that still run systemd. What cannot be read is worth
 * no jobd that does not start, unless it can be in a moment. */
int known_ids_find(uint32_t *ret, void *userdata) {
        uint32_t of_journal = 0, of_units = 0;
        int r = journal_highest_id(NULL, &of_journal), k = units_highest_id(SYSTEMD_TRANSIENT, &of_units);

        if (error_is_shortage(r) || error_is_shortage(k))
                return error_is_shortage(r) ? r : k;
        if (r < 0 || k < 0)
                log_warning("The ids of jobs that were removed are not known: %s",
                            g_strerror(r < 0 ? -r : -k));
        *ret = MAX(of_journal, of_units);
        return 0;
}
