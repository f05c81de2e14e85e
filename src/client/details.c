/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "client/bus.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/details.h"
#include "client/jobs.h"
#include "client/pending.h"
#include "client/report.h"

void details_done(Details *d) {
        d->properties = sd_bus_message_unref(d->properties);
        d->details = sd_bus_message_unref(d->details);
}

int details_fetch(Client *c, JobId id, Details *ret) {
        g_autoptr(sd_bus_message) get_all = NULL, get_details = NULL;
        g_auto(Pending) properties = { 0 }, details = { 0 };
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL, private_error = SD_BUS_ERROR_NULL;
        int r;

        r = job_fetch_new(c, id, &get_all);
        if (r >= 0)
                r = bus_new_job_call(c, id, "GetDetails", &get_details);
        if (r >= 0)
                r = sd_bus_message_append(get_details, "a{sv}", 0);
        if (r >= 0)
                r = pending_send(c, get_all, &properties);
        if (r >= 0)
                r = pending_send_aside(c, get_details, &details);
        if (r >= 0)
                r = pending_wait(c, &properties, UINT64_MAX);
        if (r >= 0)
                r = pending_wait(c, &details, UINT64_MAX);
        if (r >= 0)
                r = pending_result(&properties, &error);
        if (r >= 0)
                r = pending_result(&details, &private_error);
        if (r < 0 && !error_is_refusal(&private_error))
                return fail_call(c, r, private_error.name ? &private_error : &error, "show job %s",
                                 job_id_label(id).text);
        ret->properties = g_steal_pointer(&properties.reply);
        ret->details = private_error.name ? NULL : g_steal_pointer(&details.reply);
        return STATUS_OK;
}

static int visit(sd_bus_message *m, DetailsVisitor visitor, void *userdata) {
        const char *name;
        int r;

        r = sd_bus_message_rewind(m, true);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
                r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name);
                if (r >= 0)
                        r = visitor(name, m, userdata);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}

int details_visit(const Details *d, DetailsVisitor visitor, void *userdata) {
        int r = visit(d->properties, visitor, userdata);

        return r < 0 || !d->details ? r : visit(d->details, visitor, userdata);
}
