/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/manager.h"

#include <systemd/sd-id128.h>

#include "base/log.h"
#include "build-config.h"
#include "daemon/configure.h"
#include "jobs/known-ids.h"
#include "jobs/reconcile.h"

static void on_job_changed(Job *job, JobChange what, JobState previous, void *userdata) {
        const Manager *manager = userdata;

        if (manager->server)
                bus_job_changed(manager->server, job, what, previous);
}

static void on_job_removed(JobId id, void *userdata) {
        const Manager *manager = userdata;

        bus_job_removed(manager->server, id);
}

int manager_load(Manager *manager, const JobsPlaces *places) {
        JobObserver observer = { .changed = on_job_changed, .removed = on_job_removed, .userdata = manager };

        return jobs_new(manager->event, places, &observer, &manager->jobs);
}

static int reload(sd_bus_error *error, void *userdata) {
        return reconfigure(userdata, error);
}

int manager_connect(Manager *manager) {
        int r;

        r = jobs_connect(manager->jobs, manager->bus);
        if (r < 0)
                return r;
        manager->queue = queue_new(manager->event, manager->jobs);
        r = bus_server_new(manager->bus, manager->jobs, reload, manager, &manager->server);
        return r < 0 ? log_failure(r, "The objects of " JOBD_BUS_NAME " cannot be put on the bus") : 0;
}

static int load(Manager *manager) {
        JobsPlaces places = {
                .state_dir = JOBD_STATE_DIR,
                .copies_dir = JOBD_COPIES_DIR,
                .meeting_dir = JOBD_MEETING_DIR,
                .audit_socket = JOBD_AUDIT_SOCKET,
                .ending_wait_usec = ENDING_WAIT_USEC,
                .known_ids = known_ids_find,
        };
        sd_id128_t boot;
        int r;

        r = sd_id128_get_boot(&boot);
        if (r < 0)
                return log_failure(r, "The id of this boot cannot be read");
        (void) sd_id128_to_string(boot, places.boot_id);
        return manager_load(manager, &places);
}

static int connect_to_bus(Manager *manager) {
        int r;

        r = sd_bus_default_system(&manager->bus);
        if (r < 0)
                return log_failure(r, "The system bus cannot be reached");
        /* a jobd without a bus can do nothing; the next one takes up all jobs */
        r = sd_bus_set_exit_on_disconnect(manager->bus, true);
        if (r < 0)
                return log_failure(r, "The end of the bus cannot be waited for");
        r = sd_bus_attach_event(manager->bus, manager->event, SD_EVENT_PRIORITY_NORMAL);
        return r < 0 ? log_failure(r, "The bus cannot be waited for") : 0;
}

/* The administrator's first. */
static const char *const config_dirs[] = { JOBD_CONFIG_DIR, "/run/jobd", JOBD_VENDOR_CONFIG_DIR, NULL };

int manager_new(sd_event *event, Manager **ret) {
        g_autoptr(Manager) manager = g_new0(Manager, 1);
        int r;

        manager->event = sd_event_ref(event);
        manager->config_dirs = config_dirs;
        r = load(manager);
        if (r < 0)
                return r;
        r = connect_to_bus(manager);
        if (r < 0)
                return r;
        r = manager_connect(manager);
        if (r < 0)
                return r;
        configure(manager);
        jobs_reconcile(manager->jobs, manager->bus);
        r = sd_bus_request_name(manager->bus, JOBD_BUS_NAME, 0);
        if (r < 0)
                return log_failure(r, "The bus name " JOBD_BUS_NAME " cannot be taken");
        r = notifier_send(manager->jobs->notifier, "READY=1", -1);
        if (r < 0)
                return log_failure(r, "systemd cannot be told that jobd is ready");
        *ret = g_steal_pointer(&manager);
        return r;
}

void manager_free(Manager *manager) {
        g_clear_pointer(&manager->server, bus_server_free);
        g_clear_pointer(&manager->queue, queue_free);
        g_clear_pointer(&manager->jobs, jobs_free);
        g_clear_pointer(&manager->bus, sd_bus_flush_close_unref);
        sd_event_unref(manager->event);
        g_free(manager);
}
