/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <systemd/sd-id128.h>

#include "base/error.h"
#include "base/log.h"
#include "build-config.h"
#include "daemon/configure.h"
#include "daemon/limits.h"
#include "daemon/queue.h"
#include "daemon/reconcile.h"
#include "daemon/run.h"
#include "output/journal-ids.h"
#include "systemd/transient.h"

uint64_t manager_now(void) {
        return (uint64_t) g_get_real_time();
}

int manager_try_save(Manager *manager, Job *job) {
        return unsaved_save(manager->unsaved, job);
}

void manager_save(Manager *manager, Job *job) {
        (void) manager_try_save(manager, job);
}

void manager_tell_damage(Manager *manager, Job *job) {
        uint64_t bytes = output_state_take_found(&job->output);

        if (bytes == 0)
                return;
        audit_damaged(manager->audit, job, bytes);
        job_output_changed(job);
        manager_save(manager, job);
}

static void on_job_changed(Job *job, JobChange what, JobState previous, void *userdata) {
        Manager *manager = userdata;

        if (!job_is_finished(job)) /* that was written when it was settled */
                audit_job_changed(manager->audit, job, previous);
        if (manager->server)
                bus_job_changed(manager->server, job, what, previous);
}

static void on_room(void *userdata) {
        queue_run(userdata);
}

static void free_run(gpointer p) {
        run_free(p);
}

/* Ids that were used once, though the counter is lost: of jobs that were removed the journal knows, of those
 * that still run systemd. What cannot be read is worth no jobd that does not start, unless it can be in a
 * moment. */
static int find_known_ids(uint32_t *ret, void *userdata) {
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

static int load(Manager *manager) {
        sd_id128_t boot;
        int r;

        r = sd_id128_get_boot(&boot);
        if (r < 0)
                return r;
        (void) sd_id128_to_string(boot, manager->boot_id);
        r = store_open(&manager->store, JOBD_STATE_DIR);
        if (r >= 0 && store_keep_copies(&manager->store, JOBD_COPIES_DIR, manager->boot_id) < 0)
                log_warning(JOBD_COPIES_DIR
                            " cannot be used: if jobd is killed while its disk is full, what "
                            "was asked for meanwhile is forgotten");
        if (r >= 0)
                r = store_load(&manager->store, manager->jobs, manager->boot_id, find_known_ids, manager);
        if (r >= 0)
                r = accounts_new(manager->store.dir, &manager->accounts);
        if (r == -EBUSY)
                log_error(JOBD_STATE_DIR " is locked: another jobd runs already, see systemctl status jobd");
        else if (r < 0)
                log_error(JOBD_STATE_DIR " cannot be used: %s", g_strerror(-r));
        if (r >= 0 && endings_sync(manager->endings, manager->store.dir) < 0)
                log_warning("What jobs that end have written is left to the kernel, which may take half a "
                            "minute");
        if (r >= 0 && endings_remember(manager->endings, manager->store.dir) < 0)
                log_warning("If jobd is killed, ends of jobs may be told to nobody");
        for (guint i = 0; r >= 0 && i < manager->jobs->jobs->len; i++)
                limits_count(manager, job_table_at(manager->jobs, i));
        return r;
}

static int connect_parts(Manager *manager) {
        int r;

        r = sd_bus_default_system(&manager->bus);
        if (r >= 0)
                /* a jobd without a bus can do nothing; the next one takes up all jobs */
                r = sd_bus_set_exit_on_disconnect(manager->bus, true);
        if (r >= 0)
                r = sd_bus_attach_event(manager->bus, manager->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = notifier_new(manager->event, &manager->notifier);
        if (r >= 0)
                r = audit_new(manager->event, JOBD_AUDIT_SOCKET, &manager->audit);
        if (r >= 0)
                r = collector_new(manager->event, manager->store.dir, NULL, &run_collector_events, manager,
                                  &manager->collector);
        if (r >= 0)
                r = unit_driver_new(manager->bus, on_room, manager, &manager->units);
        if (r >= 0)
                r = bus_server_new(manager->bus, manager->jobs, manager->store.dir, &manager_bus_ops,
                                   manager, &manager->server);
        return r;
}

/* The administrator's first. */
static const char *const config_dirs[] = { JOBD_CONFIG_DIR, "/run/jobd", JOBD_VENDOR_CONFIG_DIR, NULL };

int manager_new(sd_event *event, Manager **ret) {
        g_autoptr(Manager) manager = g_new0(Manager, 1);
        JobObserver observer = { .changed = on_job_changed, .userdata = manager };
        int r;

        manager->event = sd_event_ref(event);
        manager->config_dirs = config_dirs;
        manager->meeting_dir = JOBD_MEETING_DIR;
        manager->store = (Store){ .dir = -1, .ids.fd = -1, .copies = COPIES_NONE };
        manager->jobs = job_table_new(&observer);
        manager->endings = endings_new(event, manager->jobs, ENDING_WAIT_USEC);
        manager->unsaved = unsaved_new(event, &manager->store, manager->jobs, endings_saved,
                                       manager->endings);
        manager->runs = job_map_new(free_run);
        manager->n_running = tally_new();
        manager->waiting = queue_new();
        r = load(manager);
        if (r >= 0)
                r = connect_parts(manager);
        if (r < 0)
                return r;
        configure(manager);
        reconcile(manager);
        r = sd_bus_request_name(manager->bus, JOBD_BUS_NAME, 0);
        if (r < 0) {
                log_error("The bus name " JOBD_BUS_NAME " cannot be taken: %s", g_strerror(-r));
                return r;
        }
        *ret = g_steal_pointer(&manager);
        return notifier_send((*ret)->notifier, "READY=1", -1);
}

void manager_free(Manager *manager) {
        /* units, sockets and journal are let go of without a word to systemd: the jobs go on */
        g_hash_table_unref(manager->runs);
        g_clear_pointer(&manager->adoptions, retry_free);
        g_clear_pointer(&manager->starts, retry_free);
        tally_free(manager->n_running);
        g_hash_table_unref(manager->waiting);
        g_clear_pointer(&manager->queue_timer, sd_event_source_disable_unref);
        g_clear_pointer(&manager->reasons_timer, sd_event_source_disable_unref);
        unsaved_try(manager->unsaved);
        unsaved_free(manager->unsaved);
        endings_free(manager->endings);
        g_clear_pointer(&manager->server, bus_server_free);
        g_clear_pointer(&manager->leftovers, leftovers_free);
        g_clear_pointer(&manager->units, unit_driver_free);
        g_clear_pointer(&manager->collector, collector_free);
        g_clear_pointer(&manager->notifier, notifier_free);
        g_clear_pointer(&manager->audit, audit_free);
        job_table_free(manager->jobs);
        g_clear_pointer(&manager->accounts, accounts_free);
        store_close(&manager->store);
        g_clear_pointer(&manager->bus, sd_bus_flush_close_unref);
        sd_event_unref(manager->event);
        g_free(manager);
}
