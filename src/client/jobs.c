/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/dict.h"
#include "base/parse.h"
#include "base/state.h"
#include "client/bus.h"
#include "client/call.h"
#include "client/jobs.h"
#include "client/report.h"
#include "wire/names.h"

#define ANSWER_JOBS 1000U /* jobd leaves none out before so many */
#define IDS_MAX     4096U /* in one call, of which jobd takes 64 KiB */

/* Where each property goes, and its type. */
static const struct {
        const char *name;
        char type;
        size_t offset;
} fields[] = {
        { "Name", SD_BUS_TYPE_STRING, offsetof(Job, name) },
        { "InstanceId", SD_BUS_TYPE_STRING, offsetof(Job, uuid) },
        { "JobType", SD_BUS_TYPE_STRING, offsetof(Job, type) },
        { "State", SD_BUS_TYPE_STRING, offsetof(Job, state) },
        { "Reason", SD_BUS_TYPE_STRING, offsetof(Job, reason) },
        { "HasMoreData", SD_BUS_TYPE_BOOLEAN, offsetof(Job, has_more_data) },
        { "Location", SD_BUS_TYPE_STRING, offsetof(Job, location) },
        { "Command", SD_BUS_TYPE_STRING, offsetof(Job, command) },
        { "CreatedTimestamp", SD_BUS_TYPE_UINT64, offsetof(Job, created_usec) },
        { "BeginTimestamp", SD_BUS_TYPE_UINT64, offsetof(Job, begin_usec) },
        { "EndTimestamp", SD_BUS_TYPE_UINT64, offsetof(Job, end_usec) },
        { "OutputBytes", SD_BUS_TYPE_UINT64, offsetof(Job, output_bytes) },
        { "OutputLost", SD_BUS_TYPE_UINT64, offsetof(Job, output_lost) },
        { "OutputDropped", SD_BUS_TYPE_UINT64, offsetof(Job, output_dropped) },
        { "Owner", SD_BUS_TYPE_UINT32, offsetof(Job, owner) },
        { "Uid", SD_BUS_TYPE_UINT32, offsetof(Job, uid) },
        { "Unit", SD_BUS_TYPE_STRING, offsetof(Job, unit) },
        { "StatusMessage", SD_BUS_TYPE_STRING, offsetof(Job, status_message) },
        { "CPUUsageNSec", SD_BUS_TYPE_UINT64, offsetof(Job, cpu_nsec) },
        { "MemoryPeak", SD_BUS_TYPE_UINT64, offsetof(Job, memory_peak) },
        { "Result", SD_BUS_TYPE_STRING, offsetof(Job, result) },
        { "ExitCode", SD_BUS_TYPE_INT32, offsetof(Job, exit_code) },
        { "ExitSignal", SD_BUS_TYPE_INT32, offsetof(Job, exit_signal) },
        { "ExecErrno", SD_BUS_TYPE_INT32, offsetof(Job, exec_errno) },
        { "NChildren", SD_BUS_TYPE_UINT32, offsetof(Job, n_children) },
};

void job_list_done(JobList *list) {
        g_clear_pointer(&list->replies, g_ptr_array_unref);
        if (list->jobs)
                (void) g_array_free(list->jobs, TRUE);
        list->jobs = NULL;
}

static int append_option(sd_bus_message *m, const char *name, const char *type, uint64_t value) {
        if (type[0] == SD_BUS_TYPE_UINT64)
                return sd_bus_message_append(m, "{sv}", name, type, value);
        return sd_bus_message_append(m, "{sv}", name, type, (uint32_t) value);
}

static bool has_child(const GArray *ids) {
        for (guint i = 0; ids && i < ids->len; i++)
                if (g_array_index(ids, JobId, i).child > 0)
                        return true;
        return false;
}

static int append_ids(sd_bus_message *m, const GArray *ids) {
        g_autofree uint32_t *numbers = g_new(uint32_t, ids->len);
        int r = dict_open_entry(m, "Ids", "au");

        for (guint i = 0; i < ids->len; i++)
                numbers[i] = g_array_index(ids, JobId, i).number;
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'u', numbers, ids->len * sizeof(*numbers));
        return r < 0 ? r : dict_close_entry(m);
}

static int query_new(Client *c, const JobQuery *q, uint32_t from, sd_bus_message **ret) {
        g_autoptr(sd_bus_message) m = NULL;
        bool children = q->children || has_child(q->ids);
        int r;

        if (q->parent.number > 0)
                r = bus_new_job_call(c, q->parent, "ListChildren", &m);
        else
                r = bus_new_manager_call(c, "ListJobs", &m);
        if (r >= 0)
                r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0)
                r = dict_append_strv(m, "Properties", (char **) q->properties);
        if (r >= 0 && q->ids && !children && q->ids->len <= IDS_MAX)
                r = append_ids(m, q->ids);
        if (r >= 0 && q->states)
                r = dict_append_strv(m, "States", q->states);
        if (r >= 0 && q->owner)
                r = append_option(m, "Owner", "u", *q->owner);
        if (r >= 0 && q->newest > 0)
                r = append_option(m, "Newest", "u", q->newest);
        if (r >= 0 && q->before_usec > 0)
                r = append_option(m, "Before", "t", q->before_usec);
        if (r >= 0 && q->after_usec > 0)
                r = append_option(m, "After", "t", q->after_usec);
        if (r >= 0 && q->has_more_data != 0)
                r = append_option(m, "HasMoreData", "b", q->has_more_data > 0);
        if (r >= 0 && children)
                r = append_option(m, "Children", "b", true);
        if (r >= 0 && from > 0)
                r = append_option(m, "From", "u", from);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&m);
        return 0;
}

/*
 * One property. `hint`: where the one before stood in the table; they mostly come in the order in which they
 * were asked for, and a long list has many.
 */
static int read_property(sd_bus_message *m, Job *job, size_t *hint) {
        char contents[2] = "";
        const char *name;
        size_t i = *hint;
        int r, flag;

        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &name);
        if (r < 0)
                return r;
        for (size_t tried = 0; strcmp(fields[i].name, name) != 0; i = (i + 1) % G_N_ELEMENTS(fields))
                if (++tried == G_N_ELEMENTS(fields))
                        return sd_bus_message_skip(m, "v");
        *hint = (i + 1) % G_N_ELEMENTS(fields);

        contents[0] = fields[i].type;
        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, contents);
        if (r < 0)
                return r;
        if (fields[i].type == SD_BUS_TYPE_BOOLEAN) {
                r = sd_bus_message_read_basic(m, SD_BUS_TYPE_BOOLEAN, &flag);
                *(bool *) ((char *) job + fields[i].offset) = r > 0 && flag;
        } else
                r = sd_bus_message_read_basic(m, fields[i].type, (char *) job + fields[i].offset);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_properties(sd_bus_message *m, JobId id, Job *job) {
        size_t hint = 0;
        int r;

        *job = (Job){ .id = id,
                      .name = "",
                      .uuid = "",
                      .type = "",
                      .state = "",
                      .reason = "",
                      .location = "",
                      .result = "",
                      .unit = "",
                      .status_message = "",
                      .cpu_nsec = UINT64_MAX,
                      .memory_peak = UINT64_MAX,
                      .exit_code = -1 };
        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
                r = read_property(m, job, &hint);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_job(sd_bus_message *m, Job *job) {
        const char *path;
        JobId id;
        int r;

        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_OBJECT_PATH, &path);
        if (r < 0)
                return r;
        r = job_id_parse(JOB_ID_PATH, path, &id);
        return r < 0 ? r : read_properties(m, id, job);
}

static int read_jobs(sd_bus_message *m, GArray *jobs) {
        Job job;
        int r;

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "(oa{sv})");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_STRUCT, "oa{sv}")) > 0) {
                r = read_job(m, &job);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
                g_array_append_val(jobs, job);
        }
        return r;
}

static void message_unref(gpointer p) {
        sd_bus_message_unref(p);
}

/* One answer of jobd, which is the last if it has fewer than ANSWER_JOBS. */
static int fetch_from(Client *c, const JobQuery *q, uint32_t from, JobList *list, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL;
        sd_bus_message *reply;
        int r;

        r = query_new(c, q, from, &call);
        if (r >= 0)
                r = bus_call(c, call, error, &reply);
        if (r < 0)
                return r;
        g_ptr_array_add(list->replies, reply);
        return read_jobs(reply, list->jobs);
}

/* Where the next answer is to begin. One that ended within a family has it again, from its parent on. */
static uint32_t next_from(const JobQuery *q, JobList *list, guint before) {
        guint n = list->jobs->len;
        JobId last = job_list_at(list, n - 1)->id;

        if (q->parent.number > 0)
                return last.child + 1;
        if (!q->children || job_list_at(list, before)->id.number == last.number)
                return last.number + 1;
        while (job_list_at(list, n - 1)->id.number == last.number)
                n--;
        g_array_set_size(list->jobs, n);
        return last.number;
}

int job_list_fetch(Client *c, const JobQuery *q, JobList *ret) {
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        uint32_t from = 0;
        guint before;
        bool more;
        int r;

        r = bus_connect(c);
        if (r != STATUS_OK)
                return r;
        ret->replies = g_ptr_array_new_with_free_func(message_unref);
        ret->jobs = g_array_new(FALSE, FALSE, sizeof(Job));
        do {
                before = ret->jobs->len;
                r = fetch_from(c, q, from, ret, &error);
                more = r >= 0 && ret->jobs->len - before >= ANSWER_JOBS;
                if (more)
                        from = next_from(q, ret, before);
        } while (more);
        return r < 0 ? fail_call(c, r, &error, "list jobs") : STATUS_OK;
}

int job_fetch_new(Client *c, JobId id, sd_bus_message **ret) {
        g_autoptr(sd_bus_message) call = NULL;
        int r;

        r = sd_bus_message_new_method_call(c->bus, &call, JOBD_BUS_NAME, job_id_path(id).text,
                                           "org.freedesktop.DBus.Properties", "GetAll");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", JOBD_JOB_INTERFACE);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&call);
        return 0;
}

int job_fetch_read(sd_bus_message *reply, JobId id, Job *ret) {
        return read_properties(reply, id, ret);
}

int job_fetch(Client *c, JobId id, Job *ret, sd_bus_message **ret_reply, sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = NULL, reply = NULL;
        int r;

        r = job_fetch_new(c, id, &call);
        if (r >= 0)
                r = bus_call(c, call, error, &reply);
        if (r >= 0)
                r = job_fetch_read(reply, id, ret);
        if (r < 0)
                return r;
        *ret_reply = g_steal_pointer(&reply);
        return 0;
}

bool job_is_finished(const Job *job) {
        return job_state_is_finished(job_state_from_string(job->state));
}

char *job_label(const Job *job) {
        g_autofree char *own = g_strdup_printf("Job%s", job_id_label(job->id).text);

        return job->name[0] == '\0' || strcmp(job->name, own) == 0
                               ? g_strdup(job_id_label(job->id).text)
                               : g_strdup_printf("%s (%s)", job_id_label(job->id).text, job->name);
}
