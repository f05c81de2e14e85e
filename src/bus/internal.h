/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/job-id.h"
#include "bus/held-call.h"
#include "bus/options.h"
#include "bus/server.h"
#include "jobs/actions.h"

/* Shared by the files of the bus alone. */

extern const sd_bus_vtable bus_manager_vtable[];
extern const sd_bus_vtable bus_job_vtable[];

/* Payload bytes of one reply; dbus-daemon's limit is 32 MiB a message. */
#define BUS_OUTPUT_BYTES_MAX (UINT64_C(8) * 1024 * 1024)

/* The server, in a handler of the job's vtable, whose userdata is the job. */
BusServer *bus_server_of(sd_bus_message *call);

/* The job of a path that a client sent, or NoSuchJob with the path in its text. */
int bus_find_job(BusServer *server, const char *path, Job **ret, sd_bus_error *error);

/* Before all handlers: a method of ours that the verb table does not list is refused; otherwise 0. */
int bus_begin_call(BusServer *server, sd_bus_message *m, sd_bus_error *error);

extern const AuthzEvents bus_authz_events;

/*
 * In a handler, when all has been read and checked: may the caller do that to the job? 1: yes, as its owner,
 * as root, or by polkit's word. 0: not known yet, the handler returns 1 and will be called again, from the
 * top. Negative: no.
 */
int bus_authorize(BusServer *server, sd_bus_message *call, const Job *job, const Caller **ret,
                  sd_bus_error *error);

/* The same for what is done to the job's output; a parent has none of its own. */
int bus_authorize_output(BusServer *server, sd_bus_message *call, const Job *job, const Caller **ret,
                         sd_bus_error *error);

/* Returns `r`, whose error is in `error`. If that is for want of a right or of room, the daemon is told; a
 * mistake is nobody's affair. The caller is known. */
int bus_refuse(BusServer *server, sd_bus_message *call, int r, const sd_bus_error *error);

/* Receive's answer has reached its client, or has not. */
void bus_receive_settled(JobId id, uint64_t to, bool taken, void *server);

/* An answer that may be large, of about that size: it is accounted as not read. */
int bus_send_large(BusServer *server, sd_bus_message *call, sd_bus_message *reply, size_t size);
/* The call's handler is called again, from the top. */
int bus_handle_again(BusServer *server, sd_bus_message *call);

/* Everybody may be told again: of what has changed meanwhile, too, in a later turn of the loop. */
void bus_tell_unheard(void *server);

/* The same at once: before the answer to a call that changed something. Frees no job. */
void bus_flush_now(BusServer *server);

/* Removes a finished job, for that user, in a later turn of the loop, and tells the pending calls how that
 * went. */
void bus_remove_soon(BusServer *server, JobId id, uid_t by);

/* manager */
int bus_method_start_job(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_list_jobs(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_wait_jobs(sd_bus_message *call, void *userdata, sd_bus_error *error);
/* job */
int bus_method_list_children(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_set_throttle_limit(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_get_details(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_read_output(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_open_output(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_begin_receive(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_consume(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_end_receive(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_receive(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_wait(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_stop(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_kill(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_suspend(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_resume(sd_bus_message *call, void *userdata, sd_bus_error *error);
int bus_method_remove(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* Every property of a job, by one table: for the vtable, ListJobs and the signals. */
typedef struct JobProperty {
        const char *name;
        const char *type;
        int (*append)(sd_bus_message *m, const Job *job);
        JobChange changes_with;
        bool only_invalidated; /* a change is told without the new value */
} JobProperty;

extern const JobProperty job_properties[];
extern const size_t n_job_properties;

const JobProperty *job_property_find(const char *name);
/* A variant's contents, for somebody who asked: what he has read is told of when it changes. */
int bus_append_job_property(BusServer *server, sd_bus_message *m, const JobProperty *property,
                            const Job *job);
/* As an entry of an a{sv}. */
int bus_append_job_entry(BusServer *server, sd_bus_message *m, const JobProperty *property, const Job *job);
int bus_get_job_property(sd_bus *bus, const char *path, const char *interface, const char *property,
                         sd_bus_message *reply, void *userdata, sd_bus_error *error);
