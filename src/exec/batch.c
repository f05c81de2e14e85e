/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/batch.h"

#include <string.h>

void batch_put(Batch *batch, Stream stream, size_t n, uint64_t now) {
        const uint8_t *newline = memrchr(batch->bytes + batch->length, '\n', n);
        bool rest = batch->length > batch->lines;

        if (batch->length == 0)
                batch->since = now;
        batch->stream = stream;
        batch->length += n;
        if (newline != NULL)
                batch->lines = (size_t) (newline - batch->bytes) + 1;
        if (newline != NULL || !rest)
                batch->rest_since = now;
}

size_t batch_due(const Batch *batch, uint64_t now, bool taken) {
        /* pieces end with lines if they can, for those who read the journal */
        if (batch->length == batch->size)
                return batch->lines > 0 ? batch->lines : batch->length;
        if (taken && batch->lines > 0)
                return batch->lines;
        if (batch->length > batch->lines && now - batch->rest_since >= BATCH_WAIT)
                return batch->length;
        if (batch->lines > 0 && now - batch->since >= BATCH_WAIT)
                return batch->lines;
        return 0;
}

uint64_t batch_deadline(const Batch *batch, uint64_t now) {
        if (batch->length == 0)
                return UINT64_MAX;
        if (batch->lines > 0 && now + BATCH_RECHECK < batch->since + BATCH_WAIT)
                return now + BATCH_RECHECK; /* nothing tells when the queue has run empty */
        return (batch->lines > 0 ? batch->since : batch->rest_since) + BATCH_WAIT;
}

void batch_take(Batch *batch, size_t n) {
        batch->length -= n;
        batch->lines = 0;
        batch->since = batch->rest_since;
        memmove(batch->bytes, batch->bytes + n, batch->length);
}
