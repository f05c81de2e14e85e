/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "output/record.h"

/* A pipe that was found full gets this size. Not from the start: the kernel counts them per user. */
#define PIPE_LARGE (256 * 1024)

int pump_init(Pump *pump, Journal *journal, const ComposeJob *job) {
        void *bytes = mmap(NULL, RECORD_DATA_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                           0);

        if (bytes == MAP_FAILED)
                return -errno;
        *pump = (Pump){
                .journal = journal,
                .job = job,
                .fds = { -1, -1 },
                .batch = { .bytes = bytes, .size = RECORD_DATA_MAX },
        };
        return 0;
}

static void close_stream(Pump *pump, Stream stream) {
        if (pump->fds[stream] >= 0)
                (void) close(pump->fds[stream]);
        pump->fds[stream] = -1;
        pump->left[stream] = 0;
}

void pump_free(Pump *pump) {
        close_stream(pump, STREAM_STDOUT);
        close_stream(pump, STREAM_STDERR);
        if (pump->batch.bytes != NULL)
                (void) munmap(pump->batch.bytes, RECORD_DATA_MAX);
        pump->batch.bytes = NULL;
}

void pump_attach(Pump *pump, const int fds[_STREAM_MAX]) {
        for (int i = 0; i < _STREAM_MAX; i++) {
                pump->fds[i] = fds[i];
                pump->left[i] = UINT64_MAX;
        }
        pump->batch.size = pump->journal->data_max;
}

static void send_piece(Pump *pump, size_t n, uint64_t now) {
        Batch *batch = &pump->batch;
        Piece piece = {
                .stream = batch->stream,
                .offset = pump->sent[batch->stream],
                .bytes = batch->bytes,
                .length = n,
        };
        size_t size = compose_output(journal_reserve(pump->journal, now), pump->job, &piece);

        pump->sent[batch->stream] += n;
        batch_take(batch, n);
        journal_commit(pump->journal, size, now);
}

static void send_due(Pump *pump, uint64_t now) {
        while (pump->batch.length > 0 && journal_is_ready(pump->journal)) {
                bool taken = pump->batch.lines > 0 && journal_is_taken(pump->journal);
                size_t n = batch_due(&pump->batch, now, taken);

                /* a stream that has ended brings no more of its line */
                if (n == 0 && pump->left[pump->batch.stream] == 0)
                        n = pump->batch.length;
                if (n == 0)
                        return;
                send_piece(pump, n, now);
        }
}

/* The limit of flow control; what is in the pipes at the end comes on top, as nothing waits for it any more. */
static uint64_t may_read(const Pump *pump, Stream stream, uint64_t allowed) {
        uint64_t taken = pump->sent[STREAM_STDOUT] + pump->sent[STREAM_STDERR] + pump->batch.length;

        if (pump->draining)
                return pump->left[stream];
        return allowed > taken ? allowed - taken : 0;
}

static void enlarge_pipe(Pump *pump, Stream stream) {
        if (!pump->large[stream])
                (void) fcntl(pump->fds[stream], F_SETPIPE_SZ, PIPE_LARGE); /* only speed is at stake */
        pump->large[stream] = true;
}

static void read_stream(Pump *pump, Stream stream, uint64_t allowed, uint64_t now) {
        Batch *batch = &pump->batch;
        size_t room;
        ssize_t n;

        if (batch->length > 0 && batch->stream != stream && journal_is_ready(pump->journal))
                send_piece(pump, batch->length, now);
        if (!journal_is_ready(pump->journal))
                return;

        room = (size_t) usec_min(batch->size - batch->length, may_read(pump, stream, allowed));
        if (room == 0)
                return;
        n = read(pump->fds[stream], batch->bytes + batch->length, room);
        if (n > 0) {
                batch_put(batch, stream, (size_t) n, now);
                if (pump->draining)
                        pump->left[stream] -= (uint64_t) n;
                else if ((size_t) n == room)
                        enlarge_pipe(pump, stream);
        }
        /* Empty before all was read: others can open a pipe for reading, through /proc. */
        if (n == 0 || (n < 0 && (errno != EAGAIN || pump->draining)) || pump->left[stream] == 0)
                close_stream(pump, stream);
}

void pump_step(Pump *pump, const bool readable[_STREAM_MAX], uint64_t allowed, uint64_t now) {
        send_due(pump, now);
        for (int i = 0; i < _STREAM_MAX; i++) {
                if (pump->fds[i] < 0 || !(readable[i] || pump->draining))
                        continue;
                read_stream(pump, (Stream) i, allowed, now);
                send_due(pump, now);
        }
}

void pump_drain(Pump *pump) {
        pump->draining = true;
        for (int i = 0; i < _STREAM_MAX; i++) {
                int n = 0;

                if (pump->fds[i] < 0)
                        continue;
                if (ioctl(pump->fds[i], FIONREAD, &n) < 0 || n <= 0)
                        close_stream(pump, (Stream) i);
                else
                        pump->left[i] = (uint64_t) n;
        }
}

bool pump_is_done(const Pump *pump) {
        return pump->fds[STREAM_STDOUT] < 0 && pump->fds[STREAM_STDERR] < 0 && pump->batch.length == 0;
}

void pump_relax(Pump *pump) {
        if (pump->batch.length == 0)
                (void) madvise(pump->batch.bytes, RECORD_DATA_MAX,
                               MADV_DONTNEED); /* only memory is at stake */
}

struct pollfd pump_poll(const Pump *pump, Stream stream, uint64_t allowed) {
        bool wanted = journal_is_ready(pump->journal) && may_read(pump, stream, allowed) > 0;

        /* an unwanted one must not be asked at all: POLLHUP would be told again and again */
        return (struct pollfd){ .fd = wanted ? pump->fds[stream] : -1, .events = POLLIN };
}

uint64_t pump_deadline(const Pump *pump, uint64_t now) {
        if (!journal_is_ready(pump->journal))
                return USEC_NEVER; /* it will be called then */
        if (pump->draining && !pump_is_done(pump))
                return now;
        return batch_deadline(&pump->batch, now);
}
