/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl/interrupt.h"
#include "ctl/sanitize.h"
#include "ctl/sink.h"
#include "output/frame.h"

/* What is written at once. A larger one falls out of the processor's cache between reading and writing. */
#define BUFFER_SIZE (256U * 1024U)

G_STATIC_ASSERT(BUFFER_SIZE >= FRAME_PAYLOAD_MAX);

typedef struct Mark {
        size_t end;
        uint64_t position;
} Mark;

static const char *const stream_names[] = { [FRAME_STDOUT] = "stdout", [FRAME_STDERR] = "stderr" };

void sink_init(Sink *s, OutputMode mode, uint8_t only, uint32_t job, uint64_t position) {
        *s = (Sink){
                .mode = mode,
                .only = only,
                .job = job,
                .fds = { [FRAME_STDOUT] = STDOUT_FILENO, [FRAME_STDERR] = STDERR_FILENO },
                .fd = STDOUT_FILENO,
                .buffer = g_malloc(BUFFER_SIZE),
                .marks = g_array_new(FALSE, FALSE, sizeof(Mark)),
                .written = position,
                .at_line_start = true,
        };
}

void sink_done(Sink *s) {
        g_free(s->buffer);
        if (s->marks)
                (void) g_array_free(s->marks, TRUE);
}

/* How far whole pieces are out. */
static void note_written(Sink *s) {
        guint n = 0;

        while (n < s->marks->len && g_array_index(s->marks, Mark, n).end <= s->done)
                s->written = g_array_index(s->marks, Mark, n++).position;
        if (n > 0)
                g_array_remove_range(s->marks, 0, n);
}

int sink_flush(Sink *s) {
        int r = 0;

        if (s->life && s->done < s->used)
                life_clear(s->life);
        while (s->done < s->used) {
                ssize_t n = interrupt_write(s->fd, s->buffer + s->done, s->used - s->done);

                if (n < 0 && errno == EINTR && !interrupt_peek())
                        continue;
                if (n < 0) {
                        r = -errno;
                        break;
                }
                s->done += (size_t) n;
                s->at_line_start = s->buffer[s->done - 1] == '\n';
        }
        note_written(s);
        if (s->done == s->used)
                s->done = s->used = 0;
        return r;
}

static int append(Sink *s, int fd, const void *data, size_t size) {
        if (s->used > 0 && (s->fd != fd || size > BUFFER_SIZE - s->used)) {
                int r = sink_flush(s);

                if (r < 0)
                        return r;
        }
        s->fd = fd;
        memcpy(s->buffer + s->used, data, size);
        s->used += size;
        return 0;
}

/* Text about a piece may be longer than the buffer. */
static int append_text(Sink *s, const GString *text) {
        size_t done = 0;

        while (done < text->len) {
                size_t n = MIN(text->len - done, BUFFER_SIZE);
                int r = append(s, s->fds[FRAME_STDOUT], text->str + done, n);

                if (r < 0)
                        return r;
                done += n;
        }
        return 0;
}

static void short_prefix(GString *out, const Piece *piece) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local((gint64) (piece->time / 1000000));
        g_autofree char *text = time ? g_date_time_format(time, "%b %d %H:%M:%S") : NULL;

        g_string_append_printf(out, "%s.%06u %s: ", text ?: "?", (unsigned) (piece->time % 1000000),
                               stream_names[piece->stream]);
}

/*
 * Lines as they come. A piece may end inside a line: it is shown all the same, and the next piece of that stream
 * goes on there, unless the other stream came between.
 */
static int take_short(Sink *s, const Piece *piece) {
        g_autoptr(GString) out = g_string_new(NULL);
        const char *p = piece->data, *end = p + piece->size;

        if (s->line_of != 0 && s->line_of != piece->stream) {
                g_string_append_c(out, '\n');
                s->line_of = 0;
        }
        while (p < end) {
                const char *newline = memchr(p, '\n', (size_t) (end - p)), *stop = newline ?: end;
                g_autofree char *safe = sanitize_n(p, (size_t) (stop - p));

                if (s->line_of == 0)
                        short_prefix(out, piece);
                g_string_append(out, safe);
                if (newline)
                        g_string_append_c(out, '\n');
                s->line_of = newline ? 0 : piece->stream;
                p = newline ? newline + 1 : end;
        }
        return append_text(s, out);
}

static int take_json(Sink *s, const Piece *piece) {
        g_autoptr(GString) out = g_string_sized_new(piece->size + 128);
        Json j = json_start(out, false);

        json_open(&j, NULL, '{');
        json_u64(&j, "Id", s->job);
        json_u64(&j, "Position", piece->position);
        json_u64(&j, "Time", piece->time);
        json_string(&j, "Stream", stream_names[piece->stream]);
        json_bytes(&j, "Data", piece->data, piece->size);
        json_close(&j, '}');
        g_string_append_c(out, '\n');
        return append_text(s, out);
}

int sink_take(Sink *s, const Piece *piece) {
        Mark mark;
        int r = 0;

        if ((piece->stream == FRAME_STDOUT || piece->stream == FRAME_STDERR) &&
            (s->only == 0 || s->only == piece->stream)) {
                if (s->mode == OUTPUT_CAT)
                        r = append(s, s->fds[piece->stream], piece->data, piece->size);
                else
                        r = s->mode == OUTPUT_SHORT ? take_short(s, piece) : take_json(s, piece);
        }
        if (r < 0)
                return r;
        mark = (Mark){ .end = s->used, .position = piece->position };
        g_array_append_val(s->marks, mark);
        return 0;
}

int sink_finish(Sink *s) {
        if (s->line_of != 0) {
                int r = append(s, s->fds[FRAME_STDOUT], "\n", 1);

                if (r < 0)
                        return r;
                s->line_of = 0;
        }
        return sink_flush(s);
}
