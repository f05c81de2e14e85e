/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "bus/internal.h"

/* What a handler is about. */

BusServer *bus_server_of(sd_bus_message *call) {
        return sd_bus_slot_get_userdata(sd_bus_get_current_slot(sd_bus_message_get_bus(call)));
}

int bus_find_job(BusServer *server, const char *path, Job **ret, sd_bus_error *error) {
        JobId id;
        Job *job = job_id_parse(JOB_ID_PATH, path, &id) < 0 ? NULL : job_table_find(server->jobs->table, id);

        if (!job)
                return error_setf(error, -JOBD_E_NO_SUCH_JOB, "There is no job %.64s", path);
        *ret = job;
        return 0;
}
