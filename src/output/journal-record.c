/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <string.h>

#include "base/parse.h"
#include "output/journal-record.h"
#include "wire/record.h"

/* A field's value, not terminated. −ENOENT if the entry has none. */
static int get_field(sd_journal *journal, const char *field, const char **ret, size_t *ret_size) {
        const size_t prefix = strlen(field) + 1;
        const void *data;
        size_t size;
        int r;

        r = sd_journal_get_data(journal, field, &data, &size);
        if (r < 0)
                return r;
        if (size < prefix)
                return -EBADMSG;
        *ret = (const char *) data + prefix;
        *ret_size = size - prefix;
        return 0;
}

/* A short value as a string. −EBADMSG if it is longer than `size` − 1, or has a NUL in it. */
static int get_word(sd_journal *journal, const char *field, char *ret, size_t size) {
        const char *value;
        size_t length;
        int r;

        r = get_field(journal, field, &value, &length);
        if (r < 0)
                return r;
        if (length >= size || memchr(value, '\0', length))
                return -EBADMSG;
        memcpy(ret, value, length);
        ret[length] = '\0';
        return 0;
}

static int get_u64(sd_journal *journal, const char *field, uint64_t *ret) {
        char word[24];
        int r;

        r = get_word(journal, field, word, sizeof(word));
        return r < 0 ? r : parse_u64(word, ret);
}

/* The same for what may be left out: then it is UINT64_MAX. */
static int get_optional_u64(sd_journal *journal, const char *field, uint64_t *ret) {
        int r = get_u64(journal, field, ret);

        if (r != -ENOENT)
                return r;
        *ret = UINT64_MAX;
        return 0;
}

static int get_int(sd_journal *journal, const char *field, int *ret) {
        uint64_t n;
        int r;

        r = get_u64(journal, field, &n);
        if (r < 0)
                return r;
        if (n > INT_MAX)
                return -EBADMSG;
        *ret = (int) n;
        return 0;
}

/* What journald itself says of the sender, and whose record it claims to be. */
static int read_sender(sd_journal *journal, JournalRecord *record) {
        char word[JOBD_UUID_SIZE];
        uint64_t uid;
        int r;

        r = get_word(journal, "JOBD_JOB", word, sizeof(word));
        if (r < 0)
                return r;
        r = parse_uuid(word, record->uuid);
        if (r < 0)
                return r;
        r = get_int(journal, "_PID", &record->pid);
        if (r < 0)
                return r;
        r = get_u64(journal, "_UID", &uid);
        if (r < 0)
                return r;
        if (record->pid == 0 || uid >= UINT32_MAX)
                return -EBADMSG;
        record->uid = (uid_t) uid;
        return sd_journal_get_realtime_usec(journal, &record->time);
}

static int read_output(sd_journal *journal, JournalRecord *record) {
        char word[8];
        uint64_t newline, length;
        const char *data;
        int r;

        r = get_word(journal, "JOBD_STREAM", word, sizeof(word));
        if (r < 0)
                return r;
        record->stream = stream_from_string(word);
        if (record->stream < 0)
                return -EBADMSG;
        r = get_u64(journal, "JOBD_OFFSET", &record->offset);
        if (r < 0)
                return r;
        r = get_u64(journal, "JOBD_NEWLINE", &newline);
        if (r < 0)
                return r;

        /* the last one: with the next field, its memory may be another's */
        r = get_field(journal, "MESSAGE", &data, &record->size);
        if (r < 0)
                return r;
        record->data = data;
        record->newline = newline == 1;
        length = record->size + record->newline;
        if (newline > 1 || length == 0 || length > RECORD_DATA_MAX || record->offset > UINT64_MAX - length)
                return -EBADMSG;
        return 0;
}

static int read_failure(sd_journal *journal, ExitRecord *exit) {
        char word[16];
        int r;

        exit->kind = EXIT_NO_EXEC;
        r = get_word(journal, "JOBD_STEP", word, sizeof(word));
        if (r < 0)
                return r;
        exit->step = exec_step_from_string(word);
        return exit->step < 0 || exit->error <= 0 ? -EBADMSG : 0;
}

/* How it ended: one of three. */
static int read_ending(sd_journal *journal, ExitRecord *exit) {
        uint64_t cancelled;
        int r;

        r = get_int(journal, "JOBD_WAIT_STATUS", &exit->wait_status);
        if (r == -ENOENT) {
                r = get_int(journal, "JOBD_ERRNO", &exit->error);
                if (r >= 0)
                        r = read_failure(journal, exit);
        }
        if (r != -ENOENT)
                return r;
        exit->kind = EXIT_CANCELLED;
        r = get_u64(journal, "JOBD_CANCELLED", &cancelled);
        if (r < 0)
                return r;
        return cancelled == 1 ? 0 : -EBADMSG;
}

static int read_exit(sd_journal *journal, uint64_t time, ExitRecord *exit) {
        uint64_t stopped;
        int r;

        *exit = (ExitRecord){ .kind = EXIT_STATUS, .time = time };
        r = read_ending(journal, exit);
        if (r < 0)
                return r;
        r = get_optional_u64(journal, "JOBD_STOPPED", &stopped);
        if (r < 0)
                return r;
        exit->stopped = stopped == 1;
        r = get_u64(journal, "JOBD_STDOUT_BYTES", &exit->bytes[0]);
        if (r < 0)
                return r;
        r = get_u64(journal, "JOBD_STDERR_BYTES", &exit->bytes[1]);
        if (r < 0)
                return r;
        if (exit->bytes[0] > UINT64_MAX - exit->bytes[1])
                return -EBADMSG;
        r = get_optional_u64(journal, "JOBD_MEMORY_PEAK", &exit->memory_peak);
        if (r < 0)
                return r;
        return get_optional_u64(journal, "JOBD_CPU_USEC", &exit->cpu_usec);
}

int journal_record_read(sd_journal *journal, JournalRecord *ret) {
        char word[40];
        int r;

        r = get_word(journal, "JOBD_RECORD", word, sizeof(word));
        if (r < 0)
                return r;
        if (strcmp(word, RECORD_VERSION) != 0)
                return -EBADMSG;
        *ret = (JournalRecord){};
        r = read_sender(journal, ret);
        if (r < 0)
                return r;
        r = get_word(journal, "MESSAGE_ID", word, sizeof(word));
        if (r < 0)
                return r;

        if (strcmp(word, RECORD_MESSAGE_ID_OUTPUT) == 0) {
                ret->kind = RECORD_OUTPUT;
                return read_output(journal, ret);
        }
        if (strcmp(word, RECORD_MESSAGE_ID_EXIT) == 0) {
                ret->kind = RECORD_EXIT;
                return read_exit(journal, ret->time, &ret->exit);
        }
        if (strcmp(word, RECORD_MESSAGE_ID_START) != 0)
                return -EBADMSG;
        ret->kind = RECORD_START;
        r = get_word(journal, "_SYSTEMD_UNIT", ret->unit, sizeof(ret->unit));
        if (r < 0)
                ret->unit[0] = '\0';
        return 0;
}
