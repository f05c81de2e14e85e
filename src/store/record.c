/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/job-id.h"
#include "base/parse.h"
#include "base/user.h"
#include "base/variant.h"
#include "store/record-copy.h"
#include "store/record-values.h"
#include "store/record.h"

#define VERSION     1
#define G_JOB       RECORD_JOB
#define G_REQUEST   "Request"
#define G_OUTPUT    "Output"
#define DAMAGE_TYPE "a(ttt)" /* as in OutputDamage */
#define G_END       "End"    /* the last group: a file without it was cut off */

/* Percent-encoding of everything a key file's list could trip over; it strips blanks at a value's begin. */
static char *encode(const char *bytes) {
        return g_uri_escape_string(bytes, "/!$&'()*+,-.:=@_~", FALSE);
}

static void set_u64(GKeyFile *file, const char *group, const char *key, uint64_t value) {
        g_key_file_set_uint64(file, group, key, value);
}

static void set_words(GKeyFile *file, const char *key, char *const *words, bool names_only) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (char *const *w = words; w && *w; w++) {
                g_autofree char *word = names_only ? g_strndup(*w, strcspn(*w, "=")) : g_strdup(*w);
                g_autofree char *encoded = encode(word);

                /* a trailing ';' on each: an empty word is a word */
                g_string_append(text, encoded);
                g_string_append_c(text, ';');
        }
        g_key_file_set_value(file, G_REQUEST, key, text->str);
}

static void format_request(GKeyFile *file, const JobRequest *request) {
        g_autofree char *directory = encode(request->directory);

        set_words(file, "Argv", request->argv, false);
        set_words(file, "EnvironmentNames", request->environment, true);
        g_key_file_set_boolean(file, G_REQUEST, "LoginEnvironment", request->login_environment);
        g_key_file_set_value(file, G_REQUEST, "Directory", directory);
        if (request->gid != GID_INVALID)
                set_u64(file, G_REQUEST, "Gid", request->gid);
        g_key_file_set_boolean(file, G_REQUEST, "StandardInput", request->had_input);
        record_format_values(file, request);
}

static void format_damage(GKeyFile *file, const GArray *damage) {
        g_autoptr(GVariant) list = NULL;
        g_autofree char *text = NULL;
        GVariantBuilder builder;

        if (!damage)
                return;
        g_variant_builder_init(&builder, G_VARIANT_TYPE(DAMAGE_TYPE));
        for (guint i = 0; i < damage->len; i++) {
                const OutputDamage *d = &g_array_index(damage, OutputDamage, i);

                g_variant_builder_add(&builder, "(ttt)", d->from, d->to, d->bytes);
        }
        list = g_variant_ref_sink(g_variant_builder_end(&builder));
        text = variant_format(list);
        g_key_file_set_value(file, G_OUTPUT, "Damage", text);
}

static void format_output(GKeyFile *file, const OutputState *output) {
        set_u64(file, G_OUTPUT, "Begin", output->begin);
        set_u64(file, G_OUTPUT, "End", output->end);
        set_u64(file, G_OUTPUT, "Start", output->start);
        set_u64(file, G_OUTPUT, "NextStdout", output->next[0]);
        set_u64(file, G_OUTPUT, "NextStderr", output->next[1]);
        set_u64(file, G_OUTPUT, "Unread", output->unread);
        set_u64(file, G_OUTPUT, "Lost", output->lost);
        set_u64(file, G_OUTPUT, "Damaged", output->damaged);
        format_damage(file, output->damage);
        set_u64(file, G_OUTPUT, "Dropped", output->dropped);
}

char *record_format(const Job *job, const JobRequest *request, gsize *ret_size) {
        g_autoptr(GKeyFile) file = g_key_file_new();

        g_key_file_set_integer(file, G_JOB, "Version", VERSION);
        g_key_file_set_value(file, G_JOB, "Id", job_id_label(job->id).text);
        g_key_file_set_value(file, G_JOB, RECORD_UUID, job->uuid);
        set_u64(file, G_JOB, RECORD_REVISION, job->revision);
        if (job->name)
                g_key_file_set_string(file, G_JOB, "Name", job->name);
        set_u64(file, G_JOB, "Owner", job->owner);
        set_u64(file, G_JOB, "Uid", job->uid);
        g_key_file_set_value(file, G_JOB, "State", job_state_to_string(job->state));
        g_key_file_set_value(file, G_JOB, "Result", job_result_to_string(job->result));
        if (job->reason)
                g_key_file_set_string(file, G_JOB, "Reason", job->reason);
        g_key_file_set_integer(file, G_JOB, "ExitCode", job->exit_code);
        g_key_file_set_integer(file, G_JOB, "ExitSignal", job->exit_signal);
        g_key_file_set_integer(file, G_JOB, "ExecErrno", job->exec_errno);
        set_u64(file, G_JOB, "Created", job->created);
        set_u64(file, G_JOB, "Begun", job->begun);
        set_u64(file, G_JOB, "Ended", job->ended);
        set_u64(file, G_JOB, "CPUUsageNSec", job->cpu_usage_nsec);
        set_u64(file, G_JOB, "MemoryPeak", job->memory_peak);
        if (job->status_message)
                g_key_file_set_string(file, G_JOB, "StatusMessage", job->status_message);
        if (job->stop_requested) {
                set_u64(file, G_JOB, "StopRequested", job->stop_requested);
                if (job->stopped_by != UID_INVALID)
                        set_u64(file, G_JOB, "StoppedBy", job->stopped_by);
        }
        g_key_file_set_boolean(file, G_JOB, "Drained", job->drained);
        g_key_file_set_integer(file, G_JOB, "MainPid", job->main_pid);
        g_key_file_set_value(file, G_JOB, "BootId", job->boot_id);
        if (job->family) {
                set_u64(file, G_JOB, "Children", job->family->n_children);
                set_u64(file, G_JOB, "ThrottleLimit", job->family->throttle);
        }
        if (request)
                format_request(file, request);
        format_output(file, &job->output);
        g_key_file_set_boolean(file, G_END, "Complete", true);
        return g_key_file_to_data(file, ret_size, NULL);
}

/* Missing: the fallback. Anything but a number that fits: *bad. */
static uint64_t get_u64(GKeyFile *file, const char *group, const char *key, uint64_t fallback, bool *bad) {
        g_autofree char *text = g_key_file_get_value(file, group, key, NULL);
        uint64_t value = fallback;

        if (text && parse_u64(text, &value) < 0)
                *bad = true;
        return value;
}

/* A user or group id, which there must be. */
static uid_t get_uid(GKeyFile *file, const char *key, bool *bad) {
        uint64_t value = get_u64(file, G_JOB, key, UINT32_MAX, bad);

        if (value >= UINT32_MAX)
                *bad = true;
        return (uid_t) value;
}

static char **get_words(GKeyFile *file, const char *key, bool *bad) {
        g_autofree char *text = g_key_file_get_value(file, G_REQUEST, key, NULL);
        GPtrArray *words = g_ptr_array_new();
        const char *end;

        for (const char *p = text ? text : ""; *p; p = end + 1) {
                char *word;

                end = strchr(p, ';');
                word = end ? g_uri_unescape_segment(p, end, NULL) : NULL;
                if (!word) {
                        *bad = true;
                        break;
                }
                g_ptr_array_add(words, word);
        }
        g_ptr_array_add(words, NULL);
        return (char **) g_ptr_array_free(words, FALSE);
}

static JobRequest *parse_request(GKeyFile *file, bool *bad) {
        g_autoptr(JobRequest) request = job_request_new();
        g_autofree char *directory = g_key_file_get_value(file, G_REQUEST, "Directory", NULL);

        request->argv = get_words(file, "Argv", bad);
        request->environment = get_words(file, "EnvironmentNames", bad);
        request->login_environment = g_key_file_get_boolean(file, G_REQUEST, "LoginEnvironment", NULL);
        request->directory = directory ? g_uri_unescape_string(directory, NULL) : NULL;
        request->gid = (gid_t) get_u64(file, G_REQUEST, "Gid", GID_INVALID, bad);
        request->had_input = g_key_file_get_boolean(file, G_REQUEST, "StandardInput", NULL);
        if (record_parse_values(file, request) < 0)
                *bad = true;
        if (!request->argv[0] || !request->directory)
                *bad = true;
        return g_steal_pointer(&request);
}

static int parse_damage(GKeyFile *file, GArray **ret) {
        g_autofree char *text = g_key_file_get_value(file, G_OUTPUT, "Damage", NULL);
        g_autoptr(GVariant) list = NULL;
        GVariantIter iter;
        OutputDamage d;
        int r = text ? variant_parse(text, DAMAGE_TYPE, &list) : 0;

        if (r < 0 || !list)
                return r;
        *ret = g_array_new(FALSE, FALSE, sizeof(d));
        g_variant_iter_init(&iter, list);
        while (g_variant_iter_next(&iter, "(ttt)", &d.from, &d.to, &d.bytes))
                g_array_append_val(*ret, d);
        return 0;
}

static OutputState parse_output(GKeyFile *file, bool *bad) {
        OutputState output = { 0 };

        output.begin = get_u64(file, G_OUTPUT, "Begin", 0, bad);
        output.end = get_u64(file, G_OUTPUT, "End", 0, bad);
        output.start = get_u64(file, G_OUTPUT, "Start", output.begin, bad);
        output.next[0] = get_u64(file, G_OUTPUT, "NextStdout", 0, bad);
        output.next[1] = get_u64(file, G_OUTPUT, "NextStderr", 0, bad);
        output.unread = get_u64(file, G_OUTPUT, "Unread", 0, bad);
        output.lost = get_u64(file, G_OUTPUT, "Lost", 0, bad);
        output.damaged = output.damage_told = get_u64(file, G_OUTPUT, "Damaged", 0, bad);
        if (parse_damage(file, &output.damage) < 0)
                *bad = true;
        output.dropped = get_u64(file, G_OUTPUT, "Dropped", 0, bad);
        return output;
}

static int parse_states(GKeyFile *file, JobState *state, JobResult *result) {
        g_autofree char *state_word = g_key_file_get_value(file, G_JOB, "State", NULL),
                        *result_word = g_key_file_get_value(file, G_JOB, "Result", NULL);

        if (!state_word || !result_word || job_state_from_string(state_word) < 0 ||
            job_result_from_string(result_word) < 0)
                return -EBADMSG;
        *state = job_state_from_string(state_word);
        *result = job_result_from_string(result_word);
        return 0;
}

/* Its children are yet to be found. */
static void parse_family(GKeyFile *file, Job *job, bool *bad) {
        uint64_t n = get_u64(file, G_JOB, "Children", 0, bad),
                 throttle = get_u64(file, G_JOB, "ThrottleLimit", 1, bad);

        if (n > FAMILY_CHILDREN_MAX || throttle < 1 || throttle > UINT32_MAX)
                *bad = true;
        else if (n > 0)
                job_found_family(job, (uint32_t) n, (uint32_t) throttle);
}

/* What it points to is for who takes it. */
static Job parse_saved(GKeyFile *file, JobId id, JobState state, JobResult result, bool *bad) {
        uint64_t stop = get_u64(file, G_JOB, "StopRequested", 0, bad);
        OutputState output = parse_output(file, bad);
        bool has_children = g_key_file_has_key(file, G_JOB, "Children", NULL);

        return (Job){
                .id = id,
                .owner = get_uid(file, "Owner", bad),
                .uid = get_uid(file, "Uid", bad),
                .state = state,
                .result = result,
                .reason = g_key_file_get_string(file, G_JOB, "Reason", NULL),
                .exit_code = g_key_file_get_integer(file, G_JOB, "ExitCode", NULL),
                .exit_signal = g_key_file_get_integer(file, G_JOB, "ExitSignal", NULL),
                .exec_errno = g_key_file_get_integer(file, G_JOB, "ExecErrno", NULL),
                .revision = get_u64(file, G_JOB, RECORD_REVISION, 0, bad),
                .created = get_u64(file, G_JOB, "Created", 0, bad),
                .begun = get_u64(file, G_JOB, "Begun", 0, bad),
                .ended = get_u64(file, G_JOB, "Ended", 0, bad),
                .cpu_usage_nsec = get_u64(file, G_JOB, "CPUUsageNSec", UINT64_MAX, bad),
                .memory_peak = get_u64(file, G_JOB, "MemoryPeak", UINT64_MAX, bad),
                .status_message = g_key_file_get_string(file, G_JOB, "StatusMessage", NULL),
                .stop_requested = stop,
                .stopped_by = stop ? (uid_t) get_u64(file, G_JOB, "StoppedBy", UID_INVALID, bad) : 0,
                /* begin is saved before it is told that all has been received */
                .drained = g_key_file_get_boolean(file, G_JOB, "Drained", NULL) ||
                           (!has_children && job_state_is_finished(state) && output.unread == 0),
                .main_pid = g_key_file_get_integer(file, G_JOB, "MainPid", NULL),
                .output = output,
        };
}

static int parse_job(GKeyFile *file, Job **ret) {
        g_autofree char *uuid = g_key_file_get_value(file, G_JOB, RECORD_UUID, NULL),
                        *label = g_key_file_get_value(file, G_JOB, "Id", NULL),
                        *boot = g_key_file_get_value(file, G_JOB, "BootId", NULL);
        g_autoptr(JobRequest) request = NULL;
        g_autoptr(Job) job = NULL;
        char lower[JOBD_UUID_SIZE];
        JobResult result;
        JobState state;
        bool bad = false;
        JobId id;

        if (!uuid || parse_uuid(uuid, lower) < 0 || !label || job_id_parse(JOB_ID_LABEL, label, &id) < 0)
                return -EBADMSG;
        request = parse_request(file, &bad);
        if (bad || parse_states(file, &state, &result) < 0)
                return -EBADMSG;
        request->name = g_key_file_get_string(file, G_JOB, "Name", NULL);
        request->uid = get_uid(file, "Uid", &bad);
        job = job_restore(parse_saved(file, id, state, result, &bad), lower, boot ? boot : "",
                          g_steal_pointer(&request));
        parse_family(file, job, &bad);
        if (bad)
                return -EBADMSG;
        *ret = g_steal_pointer(&job);
        return 0;
}

int record_parse_copied(const char *text, gsize size, RecordCopy *copy, Job **ret) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        int version;

        if (!g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, NULL))
                return -EBADMSG;
        version = g_key_file_get_integer(file, G_JOB, "Version", NULL);
        if (version < 1)
                return -EBADMSG;
        if (version > VERSION)
                return -EPROTONOSUPPORT;
        if (text[size - 1] != '\n' || !g_key_file_has_key(file, G_END, "Complete", NULL))
                return -EBADMSG;
        if (record_check_values(file) < 0)
                return -EPROTONOSUPPORT;
        if (copy)
                copy->error = record_copy_apply(file, copy->text, copy->size, copy->boot_id);
        return parse_job(file, ret);
}

int record_parse(const char *text, gsize size, Job **ret) {
        return record_parse_copied(text, size, NULL, ret);
}
