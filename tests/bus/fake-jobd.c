/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-jobd DIR [N]: as much of jobd as jobctl's tests need. Jobs 1 to 6 are made up below, N more are
 * plain. The output log of a job is one file DIR/<id>, read by jobctl through its descriptor. What was
 * called, and with what, is written to DIR/calls. StartJob makes a job of what the environment passed to it
 * says: FAKE_OUT=, FAKE_ERR= (its output), FAKE_EXIT=, FAKE_SIGNAL=, FAKE_HANG=1 (until it is stopped).
 * While there is a file DIR/polkit, what starts and stops jobs and what shows others' details takes a
 * question to the person: "yes" in it is his answer, anything else none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/job-id.h"
#include "base/parse.h"
#include "wire/frame.h"
#include "wire/names.h"
#include "wire/stream.h"

typedef struct FakeJob {
        uint32_t id, owner, uid;
        char *name, *state, *reason, *result, *command;
        int32_t exit_code, exit_signal, exec_errno;
        uint64_t begin, end; /* positions of the output */
        uint64_t bytes, dropped;
        bool limited;
        int fd;
} FakeJob;

static GHashTable *jobs; /* id → FakeJob */
static const char *directory;
static FILE *calls;
static uint32_t last_id;
static GPtrArray *waiting; /* messages that are answered when something changes */
static char *subscriber;   /* it is told of nothing but that it has missed something */

static void add_output(FakeJob *job, uint8_t stream, const void *data, size_t size) {
        FrameHeader header = { .magic = GUINT16_TO_LE(FRAME_MAGIC),
                               .length = GUINT32_TO_LE((uint32_t) size),
                               .stream = stream,
                               .time = GUINT64_TO_LE(UINT64_C(1795179600000042)) };

        header.crc32c = crc32c(0, (const uint8_t *) &header + FRAME_COVERED, sizeof(header) - FRAME_COVERED);
        header.crc32c = GUINT32_TO_LE(crc32c(header.crc32c, data, size));
        g_assert(pwrite(job->fd, &header, sizeof(header), (off_t) job->end) == sizeof(header));
        g_assert(pwrite(job->fd, data, size, (off_t) (job->end + sizeof(header))) == (ssize_t) size);
        job->end += sizeof(header) + size;
        job->bytes += stream == FRAME_STATE ? 0 : size;
}

static FakeJob *add_job(const char *name, const char *state, const char *reason, const char *result) {
        FakeJob *job = g_new0(FakeJob, 1);
        g_autofree char *path = g_strdup_printf("%s/%u", directory, ++last_id);

        job->id = last_id;
        job->owner = job->uid = getuid();
        job->name = name ? g_strdup(name) : g_strdup_printf("Job%u", job->id);
        job->state = g_strdup(state);
        job->reason = g_strdup(reason);
        job->result = g_strdup(result);
        job->command = g_strdup("true");
        job->exit_code = strcmp(state, "Completed") == 0 ? 0 : -1;
        job->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        g_assert(job->fd >= 0);
        add_output(job, FRAME_STATE, "state", 5);
        (void) g_hash_table_insert(jobs, GUINT_TO_POINTER(job->id), job);
        return job;
}

static bool is_finished(const FakeJob *job) {
        return strcmp(job->state, "Running") != 0;
}

static bool has_more_data(const FakeJob *job) {
        return !is_finished(job) || (job->bytes > 0 && job->begin < job->end);
}

/* One property or detail as {sv}; 0 if it is unknown. */
static int append_property(sd_bus_message *m, const FakeJob *job, const char *name) {
        const struct {
                const char *name, *type;
                uint64_t number;
                const char *text;
        } table[] = {
                { "Id", "u", job->id, NULL },
                { "Name", "s", 0, job->name },
                { "InstanceId", "s", 0, job->id == 2 ? "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11" : "" },
                { "JobType", "s", 0, "BackgroundJob" },
                { "State", "s", 0, job->state },
                { "Reason", "s", 0, job->reason },
                { "Result", "s", 0, job->result },
                { "HasMoreData", "b", has_more_data(job), NULL },
                { "Location", "s", 0, "localhost" },
                { "Owner", "u", job->owner, NULL },
                { "Uid", "u", job->uid, NULL },
                { "ExitCode", "i", (uint64_t) (int64_t) job->exit_code, NULL },
                { "ExitSignal", "i", (uint64_t) (int64_t) job->exit_signal, NULL },
                { "ExecErrno", "i", (uint64_t) (int64_t) job->exec_errno, NULL },
                { "BeginTimestamp", "t", UINT64_C(1795179600000000), NULL },
                { "EndTimestamp", "t", is_finished(job) ? UINT64_C(1795179600000000) + job->id * 1000000 : 0,
                  NULL },
                { "OutputBytes", "t", job->bytes, NULL },
                { "OutputDropped", "t", job->dropped, NULL },
                { "CPUUsageNSec", "t", UINT64_MAX, NULL },
                { "Command", "s", 0, job->owner == getuid() ? job->command : NULL },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
                if (strcmp(table[i].name, name) != 0)
                        continue;
                if (table[i].type[0] == 's')
                        return table[i].text ? sd_bus_message_append(m, "{sv}", name, "s", table[i].text)
                                             : 0;
                if (table[i].type[0] == 't')
                        return sd_bus_message_append(m, "{sv}", name, "t", table[i].number);
                return sd_bus_message_append(m, "{sv}", name, table[i].type, (uint32_t) table[i].number);
        }
        return 0;
}

static FakeJob *job_of(const char *path) {
        JobId id;

        return job_id_parse(JOB_ID_PATH, path, &id) < 0
                               ? NULL
                               : g_hash_table_lookup(jobs, GUINT_TO_POINTER(id.number));
}

static bool is_among(const uint32_t *ids, size_t n, uint32_t id) {
        for (size_t i = 0; i < n; i++)
                if (ids[i] == id)
                        return true;
        return false;
}

static int list_jobs(sd_bus_message *m, sd_bus_message *reply) {
        g_auto(GStrv) properties = NULL, states = NULL;
        const char *name;
        uint32_t owner = UINT32_MAX, from = 1, n = 0;
        const void *ids = NULL;
        size_t ids_size = 0;
        int r;

        g_assert(sd_bus_message_enter_container(m, 'a', "{sv}") >= 0);
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                g_assert(sd_bus_message_read(m, "s", &name) > 0);
                if (strcmp(name, "Owner") == 0)
                        g_assert(sd_bus_message_read(m, "v", "u", &owner) > 0);
                else if (strcmp(name, "From") == 0)
                        g_assert(sd_bus_message_read(m, "v", "u", &from) > 0);
                else if (strcmp(name, "Ids") == 0) {
                        g_assert(sd_bus_message_enter_container(m, 'v', "au") > 0);
                        g_assert(sd_bus_message_read_array(m, 'u', &ids, &ids_size) >= 0);
                        g_assert(sd_bus_message_exit_container(m) >= 0);
                } else if (strcmp(name, "Properties") == 0 || strcmp(name, "States") == 0) {
                        g_assert(sd_bus_message_enter_container(m, 'v', "as") > 0);
                        g_assert(sd_bus_message_read_strv(m, name[0] == 'P' ? &properties : &states) >= 0);
                        g_assert(sd_bus_message_exit_container(m) >= 0);
                } else
                        g_assert(sd_bus_message_skip(m, "v") >= 0);
                g_assert(sd_bus_message_exit_container(m) >= 0);
        }
        r = sd_bus_message_open_container(reply, 'a', "(oa{sv})");
        /* an answer may end early when it has a thousand */
        for (uint32_t id = from; r >= 0 && id <= last_id && n < 1500; id++) {
                const FakeJob *job = g_hash_table_lookup(jobs, GUINT_TO_POINTER(id));
                g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", id);

                if (!job || (owner != UINT32_MAX && job->owner != owner) ||
                    (ids && !is_among(ids, ids_size / sizeof(uint32_t), id)) ||
                    (states && !g_strv_contains((const char *const *) states, job->state)))
                        continue;
                n++;
                r = sd_bus_message_open_container(reply, 'r', "oa{sv}");
                if (r >= 0)
                        r = sd_bus_message_append(reply, "o", path);
                if (r >= 0)
                        r = sd_bus_message_open_container(reply, 'a', "{sv}");
                for (char **p = properties; r >= 0 && p && *p; p++)
                        r = append_property(reply, job, *p);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* What the environment of a new job says that it does. */
static void behave(FakeJob *job, const char *assignment) {
        const char *value = strchr(assignment, '=') + 1;

        if (g_str_has_prefix(assignment, "FAKE_OUT="))
                add_output(job, STREAM_STDOUT, value, strlen(value));
        else if (g_str_has_prefix(assignment, "FAKE_ERR="))
                add_output(job, STREAM_STDERR, value, strlen(value));
        else if (g_str_has_prefix(assignment, "FAKE_HANG="))
                job->state = g_strdup("Running");
        else if (g_str_has_prefix(assignment, "FAKE_EXIT=") && strcmp(value, "0") != 0) {
                job->state = g_strdup("Failed");
                job->result = g_strdup("exit-code");
                job->exit_code = atoi(value);
                job->reason = g_strdup_printf("exited with status %s", value);
        } else if (g_str_has_prefix(assignment, "FAKE_SIGNAL=")) {
                job->state = g_strdup("Failed");
                job->result = g_strdup("signal");
                job->exit_code = -1;
                job->exit_signal = atoi(value);
                job->reason = g_strdup("killed by a signal");
        }
}

static void print_value(sd_bus_message *m);

static void print_descriptor(sd_bus_message *m) {
        char bytes[64];
        ssize_t n;
        int fd;

        g_assert(sd_bus_message_read_basic(m, 'h', &fd) > 0);
        n = read(fd, bytes, sizeof(bytes));
        (void) fprintf(calls, "%.*s", (int) MAX(n, 0), bytes);
}

static void print_container(sd_bus_message *m, char type, const char *contents) {
        bool first = true;

        g_assert(sd_bus_message_enter_container(m, type, contents) > 0);
        (void) fputs(type == 'a' ? "[" : type == 'r' ? "(" : "<", calls);
        while (sd_bus_message_at_end(m, false) == 0) {
                (void) fputs(first ? "" : " ", calls);
                print_value(m);
                first = false;
        }
        (void) fputs(type == 'a' ? "]" : type == 'r' ? ")" : ">", calls);
        g_assert(sd_bus_message_exit_container(m) >= 0);
}

/* What the message stands before: lists as [a b], structs as (a b), variants as <type value>. */
static void print_value(sd_bus_message *m) {
        const char *contents;
        char type;
        union {
                const char *s;
                uint64_t t;
                int32_t i;
                uint8_t y;
        } v = { .t = 0 };

        g_assert(sd_bus_message_peek_type(m, &type, &contents) > 0);
        if (type == 'h')
                print_descriptor(m);
        else if (strchr("arv", type)) {
                if (type == 'v')
                        (void) fprintf(calls, "%s:", contents);
                print_container(m, type, contents);
        } else {
                g_assert(sd_bus_message_read_basic(m, type, &v) > 0);
                if (type == 's')
                        (void) fputs(v.s, calls);
                else if (type == 'i')
                        (void) fprintf(calls, "%i", v.i);
                else
                        (void) fprintf(calls, "%" G_GUINT64_FORMAT, v.t);
        }
}

/* Options as the test wants to see them: a line NAME=VALUE each, bytes as they are. */
static int start_job(sd_bus_message *m, sd_bus_message *reply) {
        FakeJob *job = add_job(NULL, "Completed", "", "success");
        g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", job->id);
        const char *name, *type;

        g_assert(sd_bus_message_skip(m, "as") >= 0);
        g_assert(sd_bus_message_enter_container(m, 'a', "{sv}") >= 0);
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                g_assert(sd_bus_message_read(m, "s", &name) > 0);
                g_assert(sd_bus_message_peek_type(m, NULL, &type) > 0);
                g_assert(sd_bus_message_enter_container(m, 'v', type) > 0);
                if (strcmp(type, "aay") == 0) {
                        const void *bytes;
                        size_t size;

                        g_assert(sd_bus_message_enter_container(m, 'a', "ay") >= 0);
                        while (sd_bus_message_read_array(m, 'y', &bytes, &size) > 0) {
                                g_autofree char *word = g_strndup(bytes, size);

                                (void) fprintf(calls, "%s:%s\n", name, word);
                                if (name[0] == 'E')
                                        behave(job, word);
                        }
                        g_assert(sd_bus_message_exit_container(m) >= 0);
                } else if (strcmp(type, "ay") == 0) {
                        const void *bytes;
                        size_t size;

                        g_assert(sd_bus_message_read_array(m, 'y', &bytes, &size) >= 0);
                        (void) fprintf(calls, "%s=%.*s\n", name, (int) size, (const char *) bytes);
                } else if (strcmp(name, "Name") == 0) {
                        const char *text;

                        g_assert(sd_bus_message_read_basic(m, 's', &text) > 0);
                        (void) fprintf(calls, "Name=%s\n", text);
                        job->name = g_strdup(text);
                } else {
                        (void) fprintf(calls, "%s=", name);
                        print_value(m);
                        (void) fputc('\n', calls);
                }
                g_assert(sd_bus_message_exit_container(m) >= 0);
                g_assert(sd_bus_message_exit_container(m) >= 0);
        }
        return sd_bus_message_append(reply, "o", path);
}

/* 0 if it must wait, as long as `timeout` is not 0. */
static int wait_jobs(sd_bus_message *m, sd_bus_message *reply) {
        const char *path, *name, *text;
        g_autoptr(GPtrArray) paths = g_ptr_array_new();
        uint64_t timeout = UINT64_MAX;
        guint n_finished = 0;
        bool any = false;

        g_assert(sd_bus_message_rewind(m, true) >= 0);
        g_assert(sd_bus_message_enter_container(m, 'a', "o") >= 0);
        while (sd_bus_message_read(m, "o", &path) > 0) {
                if (!job_of(path))
                        return -JOBD_E_NO_SUCH_JOB;
                g_ptr_array_add(paths, (void *) path);
                n_finished += is_finished(job_of(path));
        }
        g_assert(sd_bus_message_exit_container(m) >= 0);
        g_assert(sd_bus_message_enter_container(m, 'a', "{sv}") >= 0);
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                g_assert(sd_bus_message_read(m, "s", &name) > 0);
                if (strcmp(name, "TimeoutUSec") == 0)
                        g_assert(sd_bus_message_read(m, "v", "t", &timeout) > 0);
                else if (strcmp(name, "Mode") == 0) {
                        g_assert(sd_bus_message_read(m, "v", "s", &text) > 0);
                        any = strcmp(text, "any") == 0;
                } else
                        g_assert(sd_bus_message_skip(m, "v") >= 0);
                g_assert(sd_bus_message_exit_container(m) >= 0);
        }
        if (timeout != 0 && (any ? n_finished == 0 : n_finished < paths->len))
                return 0;
        g_assert(sd_bus_message_open_container(reply, 'a', "(os)") >= 0);
        for (guint pass = 0; pass < 2; pass++)
                for (guint i = 0; i < paths->len; i++) {
                        const FakeJob *job = job_of(paths->pdata[i]);

                        if (is_finished(job) == (pass == 0))
                                g_assert(sd_bus_message_append(reply, "(os)", paths->pdata[i],
                                                               is_finished(job) ? job->state : "timeout") >=
                                         0);
                }
        g_assert(sd_bus_message_close_container(reply) >= 0);
        return 1;
}

static int read_output(sd_bus_message *m, const FakeJob *job, sd_bus_message *reply) {
        uint64_t position, max_bytes, timeout;

        g_assert(sd_bus_message_rewind(m, true) >= 0);
        g_assert(sd_bus_message_read(m, "ttt", &position, &max_bytes, &timeout) > 0);
        position = MAX(position, job->begin);
        if (position == job->end && !is_finished(job) && timeout > 0)
                return 0;
        g_assert(sd_bus_message_open_container(reply, 'a', "(ttsay)") >= 0);
        while (position < job->end) {
                char data[FRAME_PAYLOAD_MAX];
                FrameHeader header;

                g_assert(pread(job->fd, &header, sizeof(header), (off_t) position) == sizeof(header));
                g_assert(pread(job->fd, data, header.length, (off_t) (position + sizeof(header))) >= 0);
                position += sizeof(header) + header.length;
                if (header.stream == FRAME_STATE)
                        continue;
                g_assert(sd_bus_message_open_container(reply, 'r', "ttsay") >= 0);
                g_assert(sd_bus_message_append(reply, "tts", position, header.time,
                                               header.stream == STREAM_STDOUT ? "stdout" : "stderr") >= 0);
                g_assert(sd_bus_message_append_array(reply, 'y', data, header.length) >= 0);
                g_assert(sd_bus_message_close_container(reply) >= 0);
        }
        g_assert(sd_bus_message_close_container(reply) >= 0);
        g_assert(sd_bus_message_append(reply, "tb", position, (int) is_finished(job)) >= 0);
        return 1;
}

static void finish(FakeJob *job, const char *state, int32_t exit_signal) {
        job->state = g_strdup(state);
        job->result = g_strdup(exit_signal ? "stopped" : "success");
        job->exit_signal = exit_signal;
}

static int get_details(const FakeJob *job, sd_bus_message *reply) {
        g_assert(sd_bus_message_open_container(reply, 'a', "{sv}") >= 0);
        g_assert(sd_bus_message_append(reply, "{sv}", "OutputBegin", "t", job->begin) >= 0);
        g_assert(sd_bus_message_append(reply, "{sv}", "OutputEnd", "t", job->end) >= 0);
        g_assert(sd_bus_message_append(reply, "{sv}", "RuntimeMaxUSec", "t", UINT64_MAX) >= 0);
        if (job->limited)
                g_assert(sd_bus_message_append(reply, "{sv}{sv}{sv}{sv}{sv}", "MemoryMax", "t",
                                               UINT64_C(1) << 30, "TasksMax", "t", UINT64_C(100),
                                               "CPUQuotaPerSecUSec", "t", UINT64_C(125000), "PrivateTmp",
                                               "b", 1, "ProtectSystem", "s", "strict") >= 0);
        return sd_bus_message_close_container(reply);
}

static int get_all(const FakeJob *job, sd_bus_message *reply) {
        static const char *const names[] = {
                "Id",          "Name",          "State",          "Reason",
                "Result",      "ExitCode",      "Owner",          "ExitSignal",
                "ExecErrno",   "HasMoreData",   "BeginTimestamp", "Uid",
                "OutputBytes", "OutputDropped", "EndTimestamp",   "CPUUsageNSec",
                NULL
        };

        g_assert(sd_bus_message_open_container(reply, 'a', "{sv}") >= 0);
        for (const char *const *p = names; *p; p++)
                g_assert(append_property(reply, job, *p) >= 0);
        return sd_bus_message_close_container(reply);
}

static void tell_missed(sd_bus *bus) {
        g_autoptr(sd_bus_message) signal = NULL;

        if (!subscriber)
                return;
        g_assert(sd_bus_message_new_signal(bus, &signal, JOBD_MANAGER_PATH, JOBD_MANAGER_INTERFACE,
                                           "SignalsMissed") >= 0);
        g_assert(sd_bus_message_set_destination(signal, subscriber) >= 0);
        g_assert(sd_bus_send(bus, signal, NULL) >= 0);
}

static int job_call(sd_bus_message *m, FakeJob *job, const char *member, sd_bus_message *reply) {
        const char *signal;
        uint64_t from, to;

        if (strcmp(member, "ReadOutput") == 0)
                return read_output(m, job, reply);
        if (strcmp(member, "GetAll") == 0)
                return get_all(job, reply) < 0 ? -EIO : 1;
        if (strcmp(member, "GetDetails") == 0)
                return job->owner != getuid()        ? -JOBD_E_ACCESS_DENIED
                       : get_details(job, reply) < 0 ? -EIO
                                                     : 1;
        if (strcmp(member, "OpenOutput") == 0)
                return sd_bus_message_append(reply, "htt", job->fd, UINT64_C(0), job->end) < 0 ? -EIO : 1;
        if (strcmp(member, "BeginReceive") == 0)
                return sd_bus_message_append(reply, "t", job->begin) < 0 ? -EIO : 1;
        if (strcmp(member, "Consume") == 0) {
                g_assert(sd_bus_message_read(m, "tt", &from, &to) > 0);
                (void) fprintf(calls, "Consume %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", from, to);
                if (from != job->begin || to > job->end)
                        return -JOBD_E_CHANGED;
                job->begin = to;
        } else if (strcmp(member, "Stop") == 0) {
                if (is_finished(job))
                        return -JOBD_E_ALREADY_FINISHED;
                finish(job, "Stopped", 15);
                tell_missed(sd_bus_message_get_bus(m));
        } else if (strcmp(member, "Kill") == 0) {
                g_assert(sd_bus_message_read(m, "s", &signal) > 0);
                (void) fprintf(calls, "signal:%s\n", signal);
        } else if (strcmp(member, "Remove") == 0) {
                if (!is_finished(job))
                        return -JOBD_E_NOT_FINISHED;
                (void) g_hash_table_remove(jobs, GUINT_TO_POINTER(job->id));
        }
        return 1;
}

/* What polkit would say: 1 for yes. */
static int authorize(sd_bus_message *m, const FakeJob *job, const char *member, sd_bus_error *error) {
        static const char *const members[] = { "StartJob", "Stop", "GetDetails", NULL };
        g_autofree char *path = g_strdup_printf("%s/polkit", directory), *says = NULL;

        if (!g_strv_contains(members, member) || !g_file_get_contents(path, &says, NULL, NULL) ||
            (strcmp(member, "GetDetails") == 0 && job && job->owner == getuid()))
                return 1;
        if (!sd_bus_message_get_allow_interactive_authorization(m))
                return sd_bus_error_set(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                        "A password is needed");
        (void) fprintf(calls, "asked for %s\n", member);
        return strcmp(says, "yes\n") == 0 ? 1
                                          : error_setf(error, -JOBD_E_ACCESS_DENIED, "The person said no");
}

/* 0: not yet. Otherwise it was answered. */
static int answer(sd_bus_message *m) {
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        const char *member = sd_bus_message_get_member(m), *path = sd_bus_message_get_path(m);
        FakeJob *job = job_of(path);
        int r = 1;

        if (authorize(m, job, member, &error) < 0)
                return sd_bus_reply_method_error(m, &error);
        g_assert(sd_bus_message_new_method_return(m, &reply) >= 0);
        if (strcmp(member, "ListJobs") == 0)
                g_assert(list_jobs(m, reply) >= 0);
        else if (strcmp(member, "StartJob") == 0)
                g_assert(start_job(m, reply) >= 0);
        else if (strcmp(member, "WaitJobs") == 0)
                r = wait_jobs(m, reply);
        else if (strcmp(member, "Subscribe") == 0)
                subscriber = g_strdup(sd_bus_message_get_sender(m));
        else
                r = job ? job_call(m, job, member, reply) : -JOBD_E_NO_SUCH_JOB;
        if (r == 0)
                return 0;
        if (r > 0)
                return sd_bus_send(NULL, reply, NULL);
        (void) error_set(&error, r);
        return sd_bus_reply_method_error(m, &error);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        if (!sd_bus_message_is_method_call(m, NULL, NULL) ||
            !g_str_has_prefix(sd_bus_message_get_path(m), "/org/jobd1"))
                return 0;
        (void) fprintf(calls, "%s %s\n", sd_bus_message_get_member(m), sd_bus_message_get_path(m));
        if (answer(m) == 0)
                g_ptr_array_add(waiting, sd_bus_message_ref(m));
        else
                for (guint i = 0; i < waiting->len;) {
                        if (answer(waiting->pdata[i]) == 0)
                                i++;
                        else
                                g_ptr_array_remove_index(waiting, i);
                }
        (void) fflush(calls);
        return 1;
}

static void make_jobs(uint32_t n_plain) {
        FakeJob *job;

        job = add_job(NULL, "Completed", "", "success");
        add_output(job, STREAM_STDOUT, "out\0 1\n", 7);
        add_output(job, STREAM_STDERR, "err 1\n", 6);
        add_output(job, STREAM_STDOUT, "no newline", 10);
        job = add_job("make all", "Failed", "exited with status 3", "exit-code");
        job->exit_code = 3;
        job->command = g_strdup("make \033[31mall");
        add_output(job, STREAM_STDERR, "2 failed\n", 9);
        job->dropped = 100;
        job->uid = 65534;
        job->limited = true;
        (void) add_job("runner", "Running", "", "");
        job = add_job("evil \033]0;x\007 \xe6\x97\xa5", "Completed", "", "success");
        job = add_job("other", "Completed", "", "success");
        job->owner = getuid() + 1;
        job = add_job("big", "Completed", "", "success");
        for (unsigned i = 0; i < 40; i++) {
                char data[FRAME_PAYLOAD_MAX];

                memset(data, 'a' + (int) (i % 26), sizeof(data));
                add_output(job, STREAM_STDOUT, data, sizeof(data));
        }
        for (uint32_t i = 0; i < n_plain; i++)
                (void) add_job(NULL, "Completed", "", "success");
}

int main(int argc, char **argv) {
        g_autoptr(sd_bus) bus = NULL;
        g_autofree char *path = NULL;

        g_assert(argc >= 2);
        directory = argv[1];
        path = g_strdup_printf("%s/calls", directory);
        (void) unlink(path);
        calls = fopen(path, "ae"); /* the test may empty it */
        g_assert(calls);
        jobs = g_hash_table_new(NULL, NULL);
        waiting = g_ptr_array_new();
        make_jobs(argc > 2 ? (uint32_t) atoi(argv[2]) : 0);

        g_assert(sd_bus_open_system(&bus) >= 0);
        g_assert(sd_bus_add_filter(bus, NULL, on_message, NULL) >= 0);
        g_assert(sd_bus_request_name(bus, JOBD_BUS_NAME, 0) >= 0);
        while (sd_bus_wait(bus, UINT64_MAX) >= 0)
                while (sd_bus_process(bus, NULL) > 0)
                        ;
        return EXIT_SUCCESS;
}
