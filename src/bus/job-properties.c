/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/dict.h"
#include "base/job-id.h"
#include "bus/internal.h"
#include "jobs/kind.h"

#define APPEND(function, type, expression)                         \
        static int function(sd_bus_message *m, const Job *job) {   \
                return sd_bus_message_append(m, type, expression); \
        }

APPEND(append_id, "u", job->id.number)
APPEND(append_instance_id, "s", job->uuid)
APPEND(append_owner, "u", job->owner)
APPEND(append_uid, "u", job->uid)
APPEND(append_created, "t", job->created)
APPEND(append_state, "s", job_state_to_string(job->state))
APPEND(append_reason, "s", job->reason ? job->reason : "")
APPEND(append_result, "s", job_result_to_string(job->result))
APPEND(append_exit_code, "i", job->exit_code)
APPEND(append_exit_signal, "i", job->exit_signal)
APPEND(append_exec_errno, "i", job->exec_errno)
APPEND(append_has_more_data, "b", job_has_more_data(job))
APPEND(append_status_message, "s", job->status_message ? job->status_message : "")
APPEND(append_begin, "t", job->begun)
APPEND(append_end, "t", job->ended)
APPEND(append_cpu, "t", job->cpu_usage_nsec)
APPEND(append_memory, "t", job->memory_peak)
APPEND(append_output_bytes, "t", job_output(job).bytes)
APPEND(append_output_lost, "t", job_output(job).lost)
APPEND(append_output_dropped, "t", job_output(job).dropped)

static int append_job_type(sd_bus_message *m, const Job *job) {
        return sd_bus_message_append(m, "s", job_kind(job)->word);
}

static int append_location(sd_bus_message *m, const Job *job) {
        return sd_bus_message_append(m, "s", "localhost");
}

static int append_parent(sd_bus_message *m, const Job *job) {
        return sd_bus_message_append(m, "o", job->parent ? job_id_path(job->parent->id).text : "/");
}

static int append_n_children(sd_bus_message *m, const Job *job) {
        return sd_bus_message_append(m, "u", job->family ? job->family->children->len : 0);
}

static int append_throttle(sd_bus_message *m, const Job *job) {
        return sd_bus_message_append(m, "u", job->family ? job->family->throttle : 0);
}

static int append_name(sd_bus_message *m, const Job *job) {
        g_autofree char *name = job_dup_name(job);

        return sd_bus_message_append(m, "s", name);
}

static int append_unit(sd_bus_message *m, const Job *job) {
        return sd_bus_message_append(m, "s", job->family ? "" : job_id_unit(job->id).text);
}

const JobProperty job_properties[] = {
        { "Id", "u", append_id, 0, false },
        { "InstanceId", "s", append_instance_id, 0, false },
        { "Name", "s", append_name, 0, false },
        { "JobType", "s", append_job_type, 0, false },
        { "Location", "s", append_location, 0, false },
        { "Owner", "u", append_owner, 0, false },
        { "Uid", "u", append_uid, 0, false },
        { "Unit", "s", append_unit, 0, false },
        { "Parent", "o", append_parent, 0, false },
        { "CreatedTimestamp", "t", append_created, 0, false },
        { "State", "s", append_state, JOB_CHANGE_STATE, false },
        { "Reason", "s", append_reason, JOB_CHANGE_STATE | JOB_CHANGE_WAITING | JOB_CHANGE_REFUSED, false },
        { "Result", "s", append_result, JOB_CHANGE_STATE, false },
        { "ExitCode", "i", append_exit_code, JOB_CHANGE_STATE, false },
        { "ExitSignal", "i", append_exit_signal, JOB_CHANGE_STATE, false },
        { "ExecErrno", "i", append_exec_errno, JOB_CHANGE_STATE, false },
        { "HasMoreData", "b", append_has_more_data, JOB_CHANGE_STATE | JOB_CHANGE_DRAINED, false },
        { "StatusMessage", "s", append_status_message, JOB_CHANGE_STATUS, false },
        { "NChildren", "u", append_n_children, 0, false },
        { "ThrottleLimit", "u", append_throttle, JOB_CHANGE_LIMITS, false },
        { "BeginTimestamp", "t", append_begin, JOB_CHANGE_STATE, false },
        { "EndTimestamp", "t", append_end, JOB_CHANGE_STATE, false },
        { "CPUUsageNSec", "t", append_cpu, JOB_CHANGE_STATE, false },
        { "MemoryPeak", "t", append_memory, JOB_CHANGE_STATE, false },
        { "OutputBytes", "t", append_output_bytes, JOB_CHANGE_OUTPUT, true },
        { "OutputLost", "t", append_output_lost, JOB_CHANGE_OUTPUT, true },
        { "OutputDropped", "t", append_output_dropped, JOB_CHANGE_OUTPUT, true },
};
const size_t n_job_properties = G_N_ELEMENTS(job_properties);

const JobProperty *job_property_find(const char *name) {
        for (size_t i = 0; i < n_job_properties; i++)
                if (strcmp(job_properties[i].name, name) == 0)
                        return &job_properties[i];
        return NULL;
}

int bus_append_job_property(BusServer *server, sd_bus_message *m, const JobProperty *property,
                            const Job *job) {
        if (property->changes_with == JOB_CHANGE_OUTPUT)
                job_map_remove(server->invalidated, job->id);
        return property->append(m, job);
}

int bus_append_job_entry(BusServer *server, sd_bus_message *m, const JobProperty *property, const Job *job) {
        int r;

        r = dict_open_entry(m, property->name, property->type);
        if (r >= 0)
                r = bus_append_job_property(server, m, property, job);
        return r < 0 ? r : dict_close_entry(m);
}

int bus_get_job_property(sd_bus *bus, const char *path, const char *interface, const char *property,
                         sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BusServer *server = sd_bus_slot_get_userdata(sd_bus_get_current_slot(bus));
        const JobProperty *p = job_property_find(property);

        return p ? bus_append_job_property(server, reply, p, userdata) : -ENOENT;
}
