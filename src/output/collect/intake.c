/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/collect/intake.h"

int intake_open(Intake *intake, int state_dir) {
        return cache_open(state_dir, intake->id, intake->state, &intake->limit, &intake->cache);
}

void intake_clear(Intake *intake) {
        g_clear_pointer(&intake->cache, cache_free);
}

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

bool intake_is_complete(const Intake *intake) {
        return intake->has_exit && cache_next(intake->cache, 0) >= intake->exit.bytes[0] &&
               cache_next(intake->cache, 1) >= intake->exit.bytes[1];
}

uint64_t intake_accounted(const Intake *intake) {
        return intake->state->next[0] + intake->state->next[1];
}

int intake_book_rest(Intake *intake, const uint64_t handed[2]) {
        /* a journal that lost the output may have lost the exit record as well: the control socket has its
         * totals */
        const uint64_t *total = intake->has_exit ? intake->exit.bytes : handed;

        for (int i = 0; i < 2; i++)
                if (cache_next(intake->cache, i) < total[i])
                        cache_lose(intake->cache, i, total[i]);
        return cache_flush(intake->cache);
}
