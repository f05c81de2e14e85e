/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../unit/fake-sd-journal.h"
#include "base/parse.h"
#include "fuzz.h"
#include "output/journal-record.h"
#include "wire/record.h"

/* An entry of the journal: NAME=VALUE, one on a line; MESSAGE is the last, it may have lines of its own. */

static void add_fields(const uint8_t *data, size_t size) {
        FakeEntry *entry = new_entry();

        while (size > 0) {
                const uint8_t *end = memchr(data, '\n', size);
                size_t length = end && memcmp(data, "MESSAGE=", MIN(size, 8)) != 0 ? (size_t) (end - data)
                                                                                   : size;

                add_field(entry, data, length);
                length = MIN(length + 1, size);
                data += length;
                size -= length;
        }
}

static void check_sender(const JournalRecord *record) {
        char uuid[JOBD_UUID_SIZE];

        CHECK(parse_uuid(record->uuid, uuid) == 0 && strcmp(record->uuid, uuid) == 0);
        CHECK(record->pid > 0 && record->uid != UINT32_MAX);
        CHECK(memchr(record->unit, '\0', sizeof(record->unit)));
}

static void check_output(const JournalRecord *record) {
        uint64_t length = record->size + record->newline;
        const char *bytes = record->data;
        unsigned sum = 0;

        CHECK(record->stream == STREAM_STDOUT || record->stream == STREAM_STDERR);
        CHECK(length > 0 && length <= RECORD_DATA_MAX && record->offset + length > record->offset);
        for (size_t i = 0; i < record->size; i++) /* all of them can be read */
                sum += (unsigned char) bytes[i];
        CHECK(sum <= 255U * RECORD_DATA_MAX);
}

static void check_exit(const ExitRecord *record) {
        CHECK(record->kind == EXIT_STATUS || record->kind == EXIT_NO_EXEC || record->kind == EXIT_CANCELLED);
        CHECK(record->kind != EXIT_NO_EXEC || (record->error > 0 && record->step >= 0));
        CHECK(record->wait_status >= 0 && record->bytes[0] + record->bytes[1] >= record->bytes[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        sd_journal journal = { .at = 1 };
        JournalRecord record;

        fake_init();
        add_fields(data, size);
        if (journal_record_read(&journal, &record) >= 0) {
                check_sender(&record);
                if (record.kind == RECORD_OUTPUT)
                        check_output(&record);
                if (record.kind == RECORD_EXIT)
                        check_exit(&record.exit);
        }
        fake_clear();
        return 0;
}
