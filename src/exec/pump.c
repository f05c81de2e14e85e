/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exec/cgroup.h"
#include "wire/record.h"

/* A pipe that was found full gets this size. Not from the start: the kernel counts them per user. */
#define PIPE_LARGE (256 * 1024)

/* What helpers of the command may have in hand at its end, beyond what flow control allows: nobody will give it to us a
 * second time. */
#define HELPERS_MAX (UINT64_C(1) * 1024 * 1024)

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

static uint64_t in_pipe(const Pump *pump, Stream stream) {
        int n = 0;

        if (pump->fds[stream] < 0 || ioctl(pump->fds[stream], FIONREAD, &n) < 0 || n < 0)
                return 0;
        return (uint64_t) n;
}

void pump_free(Pump *pump) {
        close_stream(pump, STREAM_STDOUT);
        close_stream(pump, STREAM_STDERR);
        if (pump->batch.bytes != NULL)
                (void) munmap(pump->batch.bytes, RECORD_DATA_MAX);
        pump->batch.bytes = NULL;
}

void pump_attach(Pump *pump, const int fds[_STREAM_MAX]) {
        memcpy(pump->fds, fds, sizeof(pump->fds));
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
                if (n == 0 && pump->fds[pump->batch.stream] < 0)
                        n = pump->batch.length;
                if (n == 0)
                        return;
                send_piece(pump, n, now);
        }
}

/* The limit of flow control; at the end nothing waits for it any more, so some comes on top. */
static uint64_t may_read(const Pump *pump, Stream stream, uint64_t allowed) {
        uint64_t taken = pump->sent[STREAM_STDOUT] + pump->sent[STREAM_STDERR] + pump->batch.length;
        uint64_t may = pump->granted > allowed ? pump->granted : allowed;

        if (pump->left[stream] > 0 || drain_is_long(&pump->drain))
                return pump->left[stream];
        return may > taken ? may - taken : 0;
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
                pump->drain.came = true;
                pump->left[stream] -= usec_min(pump->left[stream], (uint64_t) n);
                if (!pump->drain.on && (size_t) n == room)
                        enlarge_pipe(pump, stream);
        } else if (n < 0 && errno == EAGAIN)
                pump->left[stream] = 0; /* others can open a pipe for reading, through /proc */
        else
                close_stream(pump, stream);
}

/* Closes what need not be read on. */
static void end_drain(Pump *pump) {
        for (int i = 0; i < _STREAM_MAX; i++)
                if (pump->fds[i] >= 0 && pump->left[i] == 0) {
                        pump->cut[i] = in_pipe(pump, (Stream) i);
                        close_stream(pump, (Stream) i);
                }
}

void pump_step(Pump *pump, const bool readable[_STREAM_MAX], uint64_t allowed, uint64_t now) {
        pump->drain.awake = pump->drain.awake || journal_is_ready(pump->journal);
        send_due(pump, now);
        for (int i = 0; i < _STREAM_MAX; i++) {
                if (pump->fds[i] < 0 || !(readable[i] || pump->drain.on))
                        continue;
                read_stream(pump, (Stream) i, allowed, now);
                send_due(pump, now);
        }
        if (drain_is_due(&pump->drain, now) && !pump_is_done(pump))
                drain_look(&pump->drain, in_pipe(pump, STREAM_STDOUT) + in_pipe(pump, STREAM_STDERR) > 0,
                           cgroup_others_cpu(pump->journal->config->cgroup_root), now);
        if (drain_is_over(&pump->drain))
                end_drain(pump);
        send_due(pump, now);
}

void pump_drain(Pump *pump, uint64_t now) {
        pump->granted = pump->batch.length + HELPERS_MAX;
        for (int i = 0; i < _STREAM_MAX; i++) {
                pump->left[i] = in_pipe(pump, (Stream) i);
                pump->granted += pump->sent[i] + pump->left[i];
        }
        drain_begin(&pump->drain, pump->journal->config->look, now);
}

void pump_hurry(Pump *pump) {
        pump->drain.hurry = true;
}

uint64_t pump_written(const Pump *pump, Stream stream) {
        uint64_t held = pump->batch.stream == stream ? pump->batch.length : 0;

        return pump->sent[stream] + held + in_pipe(pump, stream) + pump->cut[stream];
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
        return usec_min(batch_deadline(&pump->batch, now),
                        pump->drain.on && !pump_is_done(pump) ? pump->drain.look_at : USEC_NEVER);
}
