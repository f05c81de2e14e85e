/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/compose.h"

#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "wire/record.h"

/* Appends text; the caller keeps the sum below COMPOSE_FIELDS_MAX, which holds for all that can be told. */
__attribute__((format(printf, 3, 4))) static void add(uint8_t *to, size_t *at, const char *format, ...) {
        va_list arguments;
        int n;

        va_start(arguments, format);
        n = vsnprintf((char *) to + *at, COMPOSE_FIELDS_MAX - *at, format, arguments);
        va_end(arguments);
        *at += (size_t) n;
}

uint64_t compose_length(size_t length) {
        return htole64(length);
}

/* The binary-safe form: name, newline, length in little-endian, bytes, newline. */
static void add_message_head(uint8_t *to, size_t *at, size_t length) {
        uint64_t wire = compose_length(length);

        add(to, at, "MESSAGE\n");
        memcpy(to + *at, &wire, sizeof(wire));
        *at += sizeof(wire);
}

static void add_message(uint8_t *to, size_t *at, const void *bytes, size_t length) {
        add_message_head(to, at, length);
        memcpy(to + *at, bytes, length);
        *at += length;
        to[(*at)++] = '\n';
}

static void add_job(uint8_t *to, size_t *at, const ComposeJob *job, const char *message_id, int priority) {
        add(to, at,
            "MESSAGE_ID=%s\nJOBD_RECORD=%s\nJOBD_JOB=%s\nJOBD_ID=%s\nPRIORITY=%d\n"
            "SYSLOG_IDENTIFIER=jobd-%s\n",
            message_id, RECORD_VERSION, job->uuid, job_id_label(job->id).text, priority,
            job_id_label(job->id).text);
}

static void add_place(uint8_t *to, size_t *at, const ComposeJob *job, Stream stream, uint64_t offset) {
        add_job(to, at, job, RECORD_MESSAGE_ID_OUTPUT, stream == STREAM_STDERR ? 3 : 6);
        add(to, at, "JOBD_STREAM=%s\nJOBD_OFFSET=%" PRIu64 "\n", stream_to_string(stream), offset);
}

static void add_newline(uint8_t *to, size_t *at, bool newline) {
        add(to, at, "JOBD_NEWLINE=%d\n", newline);
}

size_t compose_output(uint8_t *to, const ComposeJob *job, const Piece *piece) {
        bool newline = piece->length > 0 && piece->bytes[piece->length - 1] == '\n';
        size_t at = 0;

        add_place(to, &at, job, piece->stream, piece->offset);
        add_newline(to, &at, newline);
        add_message(to, &at, piece->bytes, piece->length - newline);
        return at;
}

size_t compose_bulk_head(uint8_t *to, const ComposeJob *job, Stream stream, uint64_t offset) {
        size_t at = 0;

        add_place(to, &at, job, stream, offset);
        add_message_head(to, &at, 0);
        return at;
}

size_t compose_bulk_tail(uint8_t *to, bool newline) {
        size_t at = 0;

        if (!newline)
                to[at++] = '\n';
        add_newline(to, &at, newline);
        return at;
}

size_t compose_start(uint8_t *to, const ComposeJob *job) {
        static const char text[] = "The job starts.";
        size_t at = 0;

        add_job(to, &at, job, RECORD_MESSAGE_ID_START, 6);
        add_message(to, &at, text, strlen(text));
        return at;
}

/* A sentence for whoever reads the journal; jobd reads the fields. */
static const char *describe(const ExitReport *report, char *buffer, size_t size) {
        int status = report->wait_status;

        if (report->ending == ENDING_CANCELLED)
                return "The job was stopped before its command was started.";
        if (report->ending == ENDING_FAILED)
                (void) snprintf(buffer, size, "The job's command could not be executed: %s.",
                                strerror(report->error));
        else if (WIFSIGNALED(status))
                (void) snprintf(buffer, size, "The job ended by signal %d%s.", WTERMSIG(status),
                                WCOREDUMP(status) ? ", core dumped" : "");
        else
                (void) snprintf(buffer, size, "The job ended with status %d.", WEXITSTATUS(status));
        return buffer;
}

size_t compose_exit(uint8_t *to, const ComposeJob *job, const ExitReport *report) {
        char buffer[128];
        const char *text = describe(report, buffer, sizeof(buffer));
        size_t at = 0;

        add_job(to, &at, job, RECORD_MESSAGE_ID_EXIT, 6);
        switch (report->ending) {
        case ENDING_WAITED:
                add(to, &at, "JOBD_WAIT_STATUS=%d\n", report->wait_status);
                break;
        case ENDING_FAILED:
                add(to, &at, "JOBD_ERRNO=%d\nJOBD_STEP=%s\n", report->error,
                    exec_step_to_string(report->step));
                break;
        case ENDING_CANCELLED:
                add(to, &at, "JOBD_CANCELLED=1\n");
                break;
        }
        if (report->stopped)
                add(to, &at, "JOBD_STOPPED=1\n");
        add(to, &at, "JOBD_STDOUT_BYTES=%" PRIu64 "\nJOBD_STDERR_BYTES=%" PRIu64 "\n",
            report->bytes[STREAM_STDOUT], report->bytes[STREAM_STDERR]);
        if (report->memory_peak != UINT64_MAX)
                add(to, &at, "JOBD_MEMORY_PEAK=%" PRIu64 "\n", report->memory_peak);
        if (report->cpu_usec != UINT64_MAX)
                add(to, &at, "JOBD_CPU_USEC=%" PRIu64 "\n", report->cpu_usec);
        add_message(to, &at, text, strlen(text));
        return at;
}
