/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "output/intake.h"

static int take_output(Intake *intake, const JournalRecord *record) {
        const uint64_t next = cache_next(intake->cache, record->stream);
        const uint64_t length = record->size + record->newline;
        uint64_t skip = 0;
        int r;

        /* the exit record comes from the same hand: nothing lies behind its totals */
        if (intake->has_exit && record->offset + length > intake->exit.bytes[record->stream])
                return TAKEN_IGNORED;
        if (record->offset + length <= next)
                return TAKEN_REPEAT;
        if (record->offset > next)
                return TAKEN_GAP;

        /* a replay may be cut into other pieces: what is there already is left out */
        skip = next - record->offset;
        r = cache_append(intake->cache, record->stream, record->time, (const uint8_t *) record->data + skip,
                         record->size - skip, record->newline);
        return r < 0 ? r : TAKEN_NEW;
}

int intake_record(Intake *intake, const JournalRecord *record) {
        if (strcmp(record->uuid, intake->uuid) != 0 || record->uid != intake->uid)
                return TAKEN_IGNORED;
        if (intake->pid == 0)
                return TAKEN_UNKNOWN;
        if (record->pid != intake->pid)
                return TAKEN_IGNORED;

        switch (record->kind) {
        case RECORD_OUTPUT:
                return take_output(intake, record);
        case RECORD_EXIT:
                if (intake->has_exit)
                        return TAKEN_REPEAT;
                intake->exit = record->exit;
                intake->has_exit = true;
                return TAKEN_NEW;
        case RECORD_START:
                break;
        }
        return TAKEN_REPEAT;
}

bool intake_find_pid(Intake *intake, const JournalRecord *record) {
        if (record->kind != RECORD_START || strcmp(record->uuid, intake->uuid) != 0 ||
            record->uid != intake->uid || strcmp(record->unit, job_id_unit(intake->id).text) != 0)
                return false;
        intake->pid = record->pid;
        return true;
}

bool intake_is_complete(const Intake *intake) {
        return intake->has_exit && cache_next(intake->cache, 0) >= intake->exit.bytes[0] &&
               cache_next(intake->cache, 1) >= intake->exit.bytes[1];
}
