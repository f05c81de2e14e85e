/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/pump.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/record.h"

/* Between two looks whether journald has taken what it had. */
#define LOOK_FIRST   UINT64_C(200)
#define LOOK_LONGEST (UINT64_C(1) * USEC_PER_MSEC)

/* What helpers of the command may have in hand at its end, beyond what flow control allows: nobody will give
 * it to us a second time. */
#define HELPERS_MAX (UINT64_C(1) * 1024 * 1024)

int pump_init(Pump *pump, Journal *journal, const ComposeJob *job) {
        void *bytes = mmap(NULL, RECORD_DATAGRAM_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                           -1, 0);

        if (bytes == MAP_FAILED)
                return -errno;
        *pump = (Pump){
                .journal = journal,
                .job = job,
                .bulk = BULK_NONE,
                .look = RETRY_NONE,
                .batch = { .bytes = bytes, .size = RECORD_DATAGRAM_MAX },
        };
        return 0;
}

void pump_free(Pump *pump) {
        bulk_free(&pump->bulk);
        if (pump->batch.bytes != NULL)
                (void) munmap(pump->batch.bytes, RECORD_DATAGRAM_MAX);
        pump->batch.bytes = NULL;
}

void pump_attach(Pump *pump, Pipes *pipes) {
        pump->pipes = pipes;
        pump->batch.size = pump->journal->data_max;
        pump->may_bulk = bulk_is_possible();
}

/* What has been read and is in no record. */
static uint64_t held(const Pump *pump, Stream stream) {
        return (pump->batch.stream == stream ? pump->batch.length : 0) +
               (bulk_is_open(&pump->bulk) && pump->bulk.stream == stream ? pump->bulk.length : 0);
}

static Piece next_piece(const Pump *pump, size_t n) {
        return (Piece){
                .stream = pump->batch.stream,
                .offset = pump->sent[pump->batch.stream],
                .bytes = pump->batch.bytes,
                .length = n,
        };
}

static void send_piece(Pump *pump, size_t n, uint64_t now) {
        Piece piece = next_piece(pump, n);
        size_t size = compose_output(journal_reserve(pump->journal, now), pump->job, &piece);

        pump->sent[piece.stream] += n;
        batch_take(&pump->batch, n);
        pump->flood = false;
        journal_commit(pump->journal, size, now);
}

/* While journald is busy what would make a full piece does not go, it grows. */
static bool begin_bulk(Pump *pump, Stream stream, uint64_t now) {
        Batch *batch = &pump->batch;
        Piece piece = next_piece(pump, batch->length);

        if (!pump->may_bulk || pump->journal->journald < 0 || journal_is_taken(pump->journal))
                return false;
        piece.stream = stream;
        piece.offset = pump->sent[stream];
        if (!bulk_begin(&pump->bulk, pump->job, &piece))
                return false;
        batch_take(batch, batch->length);
        retry_start(&pump->look, now, LOOK_FIRST);
        return true;
}

static void send_bulk(Pump *pump, uint64_t now) {
        Bulk *bulk = &pump->bulk;
        Stream stream = bulk->stream;
        size_t length = bulk->length, rest;
        int fd;

        if (length == 0) {
                pump->flood = false;
                bulk_free(bulk);
                return;
        }
        retry_again(&pump->look, now, LOOK_FIRST, LOOK_LONGEST);
        if (!journal_takes_bulk(pump->journal, now))
                return;
        fd = bulk_finish(bulk, pump->pipes->fds[stream] < 0, pump->batch.bytes, &rest);
        if (rest > 0)
                batch_put(&pump->batch, stream, rest, now);
        if (fd < 0)
                return; /* tried again */
        pump->sent[stream] += length - rest;
        pump->flood = true;
        journal_commit_bulk(pump->journal, fd, now);
}

static void send_due(Pump *pump, uint64_t now) {
        Batch *batch = &pump->batch;

        while (batch->length > 0 && !bulk_is_open(&pump->bulk) && journal_is_ready(pump->journal)) {
                bool open = pump->pipes->fds[batch->stream] >= 0;
                bool taken = batch->lines > 0 && journal_is_taken(pump->journal);
                size_t n = batch_due(batch, now, taken);

                /* a stream that has ended brings no more of its line */
                if (n == 0 && !open)
                        n = batch->length;
                if (n == 0 || (open && batch->length == batch->size && begin_bulk(pump, batch->stream, now)))
                        return;
                send_piece(pump, n, now);
        }
}

/* The limit of flow control; at the end nothing waits for it any more, so some comes on top. */
static uint64_t may_read(const Pump *pump, Stream stream, uint64_t allowed) {
        uint64_t taken = pump->sent[STREAM_STDOUT] + pump->sent[STREAM_STDERR] + held(pump, STREAM_STDOUT) +
                         held(pump, STREAM_STDERR);
        uint64_t may = pump->granted > allowed ? pump->granted : allowed;

        /* what is in the one must go before the other */
        if (bulk_is_open(&pump->bulk) && (pump->bulk.full || pump->bulk.stream != stream))
                return 0;
        if (pump->pipes->left[stream] > 0 || drain_is_long(&pump->pipes->drain))
                return pump->pipes->left[stream];
        return may > taken ? may - taken : 0;
}

/* Takes all there is: a record less is saved by each that waits. */
static void grow_bulk(Pump *pump, uint64_t allowed) {
        Stream stream = pump->bulk.stream;
        uint64_t may;

        while (pump->pipes->fds[stream] >= 0 && (may = may_read(pump, stream, allowed)) > 0 &&
               pipes_take_read(pump->pipes, stream, bulk_read(&pump->bulk, pump->pipes->fds[stream], may)))
                ;
}

static void read_stream(Pump *pump, Stream stream, uint64_t allowed, uint64_t now) {
        Batch *batch = &pump->batch;
        size_t room;
        ssize_t n;

        if (batch->length > 0 && batch->stream != stream && journal_is_ready(pump->journal))
                send_piece(pump, batch->length, now);
        if (!journal_is_ready(pump->journal) || (pump->flood && begin_bulk(pump, stream, now)))
                return;

        room = (size_t) usec_min(batch->size - batch->length, may_read(pump, stream, allowed));
        if (room == 0)
                return;
        n = read(pump->pipes->fds[stream], batch->bytes + batch->length, room);
        if (n > 0)
                batch_put(batch, stream, (size_t) n, now);
        if (pipes_take_read(pump->pipes, stream, n) && !pump->pipes->drain.on && (size_t) n == room)
                pipes_enlarge(pump->pipes, stream);
}

void pump_step(Pump *pump, const bool readable[_STREAM_MAX], uint64_t allowed, uint64_t now) {
        pump->pipes->drain.awake = pump->pipes->drain.awake || journal_is_ready(pump->journal);
        if (bulk_is_open(&pump->bulk)) {
                if (readable[pump->bulk.stream] || pump->pipes->drain.on)
                        grow_bulk(pump, allowed);
                send_bulk(pump, now);
        }
        send_due(pump, now);
        for (int i = 0; i < _STREAM_MAX; i++) {
                if (pump->pipes->fds[i] < 0 || bulk_is_open(&pump->bulk) ||
                    !(readable[i] || pump->pipes->drain.on))
                        continue;
                read_stream(pump, (Stream) i, allowed, now);
                send_due(pump, now);
                if (bulk_is_open(&pump->bulk))
                        grow_bulk(pump, allowed);
        }
        if (drain_is_due(&pump->pipes->drain, now) && !pump_is_done(pump))
                pipes_look(pump->pipes, pump->journal->config->cgroup_root, now);
        if (drain_is_over(&pump->pipes->drain))
                pipes_cut(pump->pipes);
        send_due(pump, now);
}

void pump_drain(Pump *pump, uint64_t now) {
        pipes_drain(pump->pipes, pump->journal->config->look, now);
        pump->granted = HELPERS_MAX;
        for (int i = 0; i < _STREAM_MAX; i++)
                pump->granted += pump->sent[i] + held(pump, (Stream) i) + pump->pipes->left[i];
}

void pump_hurry(Pump *pump) {
        pump->pipes->drain.hurry = true;
}

uint64_t pump_written(const Pump *pump, Stream stream) {
        return pump->sent[stream] + held(pump, stream) + pipes_pending(pump->pipes, stream) +
               pump->pipes->cut[stream];
}

bool pump_is_done(const Pump *pump) {
        return pipes_are_closed(pump->pipes) && pump->batch.length == 0 && !bulk_is_open(&pump->bulk);
}

void pump_relax(Pump *pump) {
        if (pump->batch.length == 0)
                (void) madvise(pump->batch.bytes, RECORD_DATAGRAM_MAX,
                               MADV_DONTNEED); /* only memory is at stake */
}

struct pollfd pump_poll(const Pump *pump, Stream stream, uint64_t allowed) {
        bool wanted = journal_is_ready(pump->journal) && may_read(pump, stream, allowed) > 0;

        /* an unwanted one must not be asked at all: POLLHUP would be told again and again */
        return (struct pollfd){ .fd = wanted ? pump->pipes->fds[stream] : -1, .events = POLLIN };
}

uint64_t pump_deadline(const Pump *pump, uint64_t now) {
        if (!journal_is_ready(pump->journal))
                return USEC_NEVER; /* it will be called then */
        if (bulk_is_open(&pump->bulk))
                return pump->look.at; /* nothing tells when the queue has run empty */
        return usec_min(batch_deadline(&pump->batch, now), pump->pipes->drain.on && !pump_is_done(pump)
                                                                           ? pump->pipes->drain.look_at
                                                                           : USEC_NEVER);
}
