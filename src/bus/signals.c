/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/signals.h"

#include <stdarg.h>
#include <string.h>

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

/* About what a property takes in a signal, and a text of it more. */
#define PROPERTY_SIZE 48U

/* To everybody, if that may be (false: not), and in any case to each subscriber. */
static bool send_signal(BusServer *server, sd_bus_message *signal, bool to_all, size_t size) {
        /* a message can be copied once it is sealed; sending does that */
        int r = to_all ? sd_bus_send(server->bus, signal, NULL) : sd_bus_message_seal(signal, 1, 0);

        if (r >= 0)
                subscribers_send(server->subscribers, signal, size);
        return to_all;
}

/* *ret_all: whether signals to everybody may be sent. False: nobody listens at all. */
static bool somebody_listens(BusServer *server, bool output, bool *ret_all) {
        *ret_all = unread_may_signal(server->unread, output);
        return *ret_all || !subscribers_are_none(server->subscribers);
}

static int append_values(BusServer *server, sd_bus_message *m, const Job *job, JobChange what) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        for (size_t i = 0; r >= 0 && i < n_job_properties; i++)
                if ((job_properties[i].changes_with & what) && !job_properties[i].only_invalidated)
                        r = bus_append_job_entry(server, m, &job_properties[i], job);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_names(sd_bus_message *m, JobChange what) {
        int r = sd_bus_message_open_container(m, 'a', "s");

        for (size_t i = 0; r >= 0 && i < n_job_properties; i++)
                if ((job_properties[i].changes_with & what) && job_properties[i].only_invalidated)
                        r = sd_bus_message_append(m, "s", job_properties[i].name);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static size_t text_size(const char *text) {
        return text ? strlen(text) : 0;
}

static size_t properties_size(const Job *job, JobChange what) {
        size_t size = SUBSCRIBER_SIGNAL_SIZE;

        for (size_t i = 0; i < n_job_properties; i++)
                size += job_properties[i].changes_with & what ? PROPERTY_SIZE : 0;
        if (what & (JOB_CHANGE_STATE | JOB_CHANGE_WAITING | JOB_CHANGE_REFUSED))
                size += text_size(job->reason);
        return size + (what & JOB_CHANGE_STATUS ? text_size(job->status_message) : 0);
}

bool signal_job_properties(BusServer *server, const Job *job, JobChange what) {
        g_autoptr(sd_bus_message) m = NULL;
        bool to_all;
        int r;

        if (!somebody_listens(server, what == JOB_CHANGE_OUTPUT, &to_all))
                return false;
        r = sd_bus_message_new_signal(server->bus, &m, job_id_path(job->id).text, PROPERTIES_INTERFACE,
                                      "PropertiesChanged");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", JOBD_JOB_INTERFACE);
        if (r >= 0)
                r = append_values(server, m, job, what);
        if (r >= 0)
                r = append_names(m, what);
        return r >= 0 && send_signal(server, m, to_all, properties_size(job, what));
}

/* A signal whose arguments are at hand. */
static bool send_values(BusServer *server, const char *path, const char *interface, const char *member,
                        size_t size, const char *types, ...) {
        g_autoptr(sd_bus_message) m = NULL;
        bool to_all;
        va_list ap;
        int r;

        if (!somebody_listens(server, false, &to_all))
                return false;
        r = sd_bus_message_new_signal(server->bus, &m, path, interface, member);
        if (r < 0)
                return false;
        va_start(ap, types);
        r = sd_bus_message_appendv(m, types, ap);
        va_end(ap);
        return r >= 0 && send_signal(server, m, to_all, size);
}

bool signal_manager_properties(BusServer *server) {
        return send_values(server, JOBD_MANAGER_PATH, PROPERTIES_INTERFACE, "PropertiesChanged",
                           SUBSCRIBER_SIGNAL_SIZE, "sa{sv}as", JOBD_MANAGER_INTERFACE, 0, 2, "NJobs",
                           "NRunning");
}

void signal_state(BusServer *server, JobId id, JobState state, JobState previous, const char *reason) {
        (void) send_values(server, job_id_path(id).text, JOBD_JOB_INTERFACE, "StateChanged",
                           SUBSCRIBER_SIGNAL_SIZE + text_size(reason), "sss", job_state_to_string(state),
                           job_state_to_string(previous), reason ?: "");
}

void signal_job(BusServer *server, const char *member, JobId id) {
        (void) send_values(server, JOBD_MANAGER_PATH, JOBD_MANAGER_INTERFACE, member, SUBSCRIBER_SIGNAL_SIZE,
                           "uo", id.number, job_id_path(id).text);
}
