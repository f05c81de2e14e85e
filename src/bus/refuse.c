/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/internal.h"

static bool is_refusal(const sd_bus_error *error) {
        return error_is(error, JOBD_E_ACCESS_DENIED) || error_is(error, JOBD_E_LIMIT_EXCEEDED) ||
               error_is(error, JOBD_E_POLICY_UNAVAILABLE) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

int bus_refuse(BusServer *server, sd_bus_message *call, int r, const sd_bus_error *error) {
        const Caller *caller = caller_find(server->callers, call);
        JobId id = { 0 };

        (void) job_id_parse(JOB_ID_PATH, sd_bus_message_get_path(call), &id);
        if (caller && is_refusal(error))
                jobs_refused(server->jobs, caller->uid, sd_bus_message_get_member(call), id, error->message);
        return r;
}
