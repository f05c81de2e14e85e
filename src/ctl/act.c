/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/act.h"
#include "base/error.h"
#include "base/sanitize.h"
#include "client/bus.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/jobs.h"
#include "client/pending.h"
#include "client/report.h"
#include "ctl/owner.h"
#include "ctl/select.h"
#include "ctl/selection.h"
#include "ctl/terminal.h"

/* A bus has a limit on calls without an answer (128 on dbus-daemon's). */
#define CALLS_AT_ONCE 64U

int append_flag(sd_bus_message *m, const char *name, bool value, bool is_default) {
        return is_default ? sd_bus_message_append(m, "a{sv}", 0)
                          : sd_bus_message_append(m, "a{sv}", 1, name, "b", (int) value);
}

static int send_one(Ctl *c, const Action *action, JobId id, Pending *p) {
        g_autoptr(sd_bus_message) call = NULL;
        int r;

        r = bus_new_job_call(&c->client, id, action->member, &call);
        if (r >= 0)
                r = action->append(call, action->arguments);
        return r < 0 ? r : pending_send(&c->client, call, p);
}

static int finish_one(Ctl *c, const Action *action, JobId id, Pending *p) {
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        int r;

        r = pending_wait(&c->client, p, UINT64_MAX);
        if (r >= 0)
                r = pending_result(p, &error);
        if (r < 0 && action->fine && sd_bus_error_has_name(&error, action->fine))
                r = 0;
        /* the first time, of which no answer has come, it was done */
        if (r < 0 && p->n_sent > 1 &&
            (error_is_no_such_job(&error) || error_is(&error, JOBD_E_ALREADY_FINISHED) ||
             error_is(&error, JOBD_E_NOT_RUNNING) || error_is(&error, JOBD_E_NOT_SUSPENDED)))
                r = 0;
        return r < 0 ? fail_call(&c->client, r, &error, "%s %s", action->what, job_id_label(id).text)
                     : STATUS_OK;
}

int act_on_jobs(Ctl *c, const Action *action, const GArray *ids) {
        int status = STATUS_OK;

        for (guint from = 0; from < ids->len; from += CALLS_AT_ONCE) {
                guint n = MIN(ids->len - from, CALLS_AT_ONCE);
                Pending pending[CALLS_AT_ONCE] = { 0 };

                for (guint i = 0; i < n; i++)
                        (void) send_one(c, action, g_array_index(ids, JobId, from + i), &pending[i]);
                for (guint i = 0; i < n; i++) {
                        int r = finish_one(c, action, g_array_index(ids, JobId, from + i), &pending[i]);

                        status = MAX(status, r);
                        pending_done(&pending[i]);
                }
        }
        return status;
}

static int dry_run_one(Ctl *c, const Action *action, uint32_t uid, JobId id, const Job *job) {
        bool own = uid == 0 || (job && job->owner == uid);
        g_autofree char *label = NULL, *safe = NULL, *owner = NULL;

        if (!job)
                return fail(STATUS_NOT_FOUND, "cannot %s %s: there is no such job", action->what,
                            job_id_label(id).text);
        label = job_label(job);
        if (!action->finished && job_is_finished(job))
                return action->fine ? STATUS_OK
                                    : fail(STATUS_FAILURE, "cannot %s %s: it has already finished (%s)",
                                           action->what, label, job->state);
        safe = sanitize(label);
        owner = owner_name(c, job->owner);
        /* whether polkit allows it is not known before it is asked */
        return terminal_printf("job %s (%s) would be %s%s%s\n", safe, job->state, action->done,
                               own ? "" : ", if that is allowed: it belongs to ", own ? "" : owner);
}

int act_dry_run(Ctl *c, const Action *action, const GArray *ids) {
        static const char *const properties[] = { "Name", "State", "Owner", NULL };
        g_auto(JobList) list = { 0 };
        uint32_t uid;
        int status, r;

        status = job_list_fetch(&c->client, &(JobQuery){ .properties = properties, .ids = ids }, &list);
        if (status == STATUS_OK)
                status = bus_own_uid(&c->client, &uid);
        if (status != STATUS_OK)
                return status;
        for (guint i = 0; i < ids->len; i++) {
                JobId id = g_array_index(ids, JobId, i);

                r = dry_run_one(c, action, uid, id, job_list_find(&list, id));
                status = MAX(status, r);
        }
        return status;
}

int act_on_selected(Ctl *c, const Action *action, const Filters *filters, char **words, bool dry_run) {
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        int status, r;

        status = selection_ids(c, filters, words, ids);
        if (!c->client.bus || (status != STATUS_OK && ids->len == 0))
                return status;
        r = dry_run ? act_dry_run(c, action, ids) : act_on_jobs(c, action, ids);
        return MAX(status, r);
}

static int append_wait(sd_bus_message *m, const void *arguments) {
        const bool *wait = arguments;

        return append_flag(m, "Wait", *wait, *wait);
}

int act_and_wait(Ctl *c, Action *action, const Options *options, int argc, char **argv) {
        bool wait = true, dry_run = false;
        int option, status = STATUS_USAGE;

        while ((option = options_next(c, options, argc, argv)) >= 0) {
                if (option == ACT_NO_WAIT)
                        wait = false;
                else
                        dry_run = true;
        }
        if (option != OPTIONS_END || !options_finish(c, options, &argc, &argv, &status))
                return status;
        action->append = append_wait;
        action->arguments = &wait;
        return act_on_selected(c, action, options->filters, argv, dry_run);
}
