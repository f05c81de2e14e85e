/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/sanitize.h"
#include "client/interrupt.h"
#include "client/report.h"
#include "client/sink.h"
#include "wire/frame.h"

/* What is written at once. A larger one falls out of the processor's cache between reading and writing. */
#define BUFFER_SIZE (256U * 1024U)

G_STATIC_ASSERT(BUFFER_SIZE >= FRAME_PAYLOAD_MAX);

typedef struct Mark {
        uint64_t position; /* behind the piece */
        uint64_t end;      /* behind its last byte, counted as Sink.queued; HELD: that one is held back */
        uint8_t outlet;
        Stream stream;
} Mark;

#define HELD UINT64_MAX

void sink_set_fds(Sink *s, int out, int err) {
        s->fds[STREAM_STDOUT] = out;
        s->fds[STREAM_STDERR] = err;
        s->outlets[0] = outlet_of(out);
        s->outlets[1] = outlet_of(err);
        s->outlet_of[STREAM_STDERR] = outlet_same(out, err) ? 0 : 1;
        for (Stream stream = 0; stream < _STREAM_MAX; stream++)
                s->beside_notes[stream] = outlet_same(s->fds[stream], STDERR_FILENO);
}

void sink_init(Sink *s, OutputMode mode, Stream only, JobId job, uint64_t position) {
        *s = (Sink){
                .mode = mode,
                .only = only,
                .job = job,
                .buffer = g_malloc(BUFFER_SIZE),
                .marks = g_array_new(FALSE, FALSE, sizeof(Mark)),
                .taken = position,
                .line_of = _STREAM_INVALID,
        };
        sink_set_fds(s, STDOUT_FILENO, STDERR_FILENO);
}

void sink_done(Sink *s) {
        g_free(s->buffer);
        if (s->marks)
                (void) g_array_free(s->marks, TRUE);
}

void sink_begin_at(Sink *s, uint64_t position) {
        if (s->n_taken == s->marks->len)
                s->taken = MAX(s->taken, position);
}

bool sink_look(Sink *s, bool *ret_alive) {
        bool alive[2];

        for (size_t i = 0; i < G_N_ELEMENTS(s->outlets); i++)
                alive[i] = outlet_look(&s->outlets[i]);
        while (s->n_taken < s->marks->len) {
                const Mark *mark = &g_array_index(s->marks, Mark, s->n_taken);

                if (mark->end > s->outlets[mark->outlet].taken) {
                        *ret_alive = alive[mark->outlet];
                        break;
                }
                s->taken = mark->position;
                s->n_taken++;
        }
        if (s->n_taken == s->marks->len || s->n_taken > 4096) {
                g_array_remove_range(s->marks, 0, s->n_taken);
                s->n_taken = 0;
        }
        return s->marks->len == 0;
}

/* Notes on the same terminal, or in the same file, must not go on in the middle of a line of the job's. */
static void note_line(const Sink *s) {
        if (s->beside_notes[s->stream])
                report_in_line(s->buffer[s->done - 1] != '\n');
}

int sink_flush(Sink *s) {
        bool alive;
        int r = 0;

        if (s->done < s->used)
                report_clear_line();
        while (r == 0 && s->done < s->used) {
                ssize_t n = interrupt_write(s->fds[s->stream], s->buffer + s->done, s->used - s->done);

                if (n < 0) {
                        r = (int) n;
                        break;
                }
                s->done += (size_t) n;
                s->outlets[s->outlet_of[s->stream]].written += (uint64_t) n;
                note_line(s);
        }
        if (r < 0 && r != -EINTR)
                s->failed = -r;
        if (s->done == s->used)
                s->done = s->used = 0;
        (void) sink_look(s, &alive);
        return r;
}

static int append(Sink *s, Stream stream, const void *data, size_t size) {
        if (s->used > 0 && (s->stream != stream || size > BUFFER_SIZE - s->used)) {
                int r = sink_flush(s);

                if (r < 0)
                        return r;
        }
        s->stream = stream;
        memcpy(s->buffer + s->used, data, size);
        s->used += size;
        s->queued[s->outlet_of[stream]] += size;
        return 0;
}

/* Text about a piece may be longer than the buffer. */
static int append_text(Sink *s, const GString *text) {
        size_t done = 0;

        while (done < text->len) {
                size_t n = MIN(text->len - done, BUFFER_SIZE);
                int r = append(s, STREAM_STDOUT, text->str + done, n);

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
                               stream_to_string(piece->stream));
}

/*
 * Lines as they come. A piece may end inside a line: it is shown all the same, and the next piece of that
 * stream goes on there, unless the other stream came between.
 */
static void append_short(Sink *s, GString *out, const Piece *piece) {
        const char *p = piece->data, *end = p + piece->size;

        if (s->line_of >= 0 && s->line_of != piece->stream) {
                g_string_append_c(out, '\n');
                s->line_of = _STREAM_INVALID;
        }
        while (p < end) {
                const char *newline = memchr(p, '\n', (size_t) (end - p)), *stop = newline ?: end;
                g_autofree char *safe = sanitize_n(p, (size_t) (stop - p));

                if (s->line_of < 0)
                        short_prefix(out, piece);
                g_string_append(out, safe);
                if (newline)
                        g_string_append_c(out, '\n');
                s->line_of = newline ? _STREAM_INVALID : piece->stream;
                p = newline ? newline + 1 : end;
        }
}

static void append_json(const Sink *s, GString *out, const Piece *piece) {
        Json j = json_start(out, false);

        json_open(&j, NULL, '{');
        json_job_id(&j, s->job);
        json_u64(&j, "Position", piece->position);
        json_u64(&j, "Time", piece->time);
        json_string(&j, "Stream", stream_to_string(piece->stream));
        json_bytes(&j, "Data", piece->data, piece->size);
        json_close(&j, '}');
        g_string_append_c(out, '\n');
}

static int show(Sink *s, const Piece *piece) {
        g_autoptr(GString) out = g_string_sized_new(piece->size + 128);
        int r;

        if (s->mode == OUTPUT_SHORT)
                append_short(s, out, piece);
        else
                append_json(s, out, piece);
        r = append_text(s, out);
        for (guint i = s->n_taken; r >= 0 && i < s->marks->len; i++) {
                Mark *mark = &g_array_index(s->marks, Mark, i);

                if (mark->stream == piece->stream && mark->end == HELD)
                        mark->end = s->queued[mark->outlet];
        }
        return r;
}

/* Bytes at the end that are the beginning of a character. */
static size_t unfinished_tail(const char *data, size_t size) {
        for (size_t n = 1; n <= 3 && n <= size; n++) {
                const char *p = data + size - n;
                unsigned char byte = (unsigned char) *p;

                if (byte < 0x80)
                        return 0;
                if (byte >= 0xc0)
                        return g_utf8_get_char_validated(p, (gssize) n) == (gunichar) -2 ? n : 0;
        }
        return 0;
}

/* Writes are cut into pieces anywhere, characters are not. */
static int take_text(Sink *s, const Piece *piece) {
        g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint) piece->size + 4);
        Held *held = &s->held[piece->stream];
        size_t before = held->size, tail;
        Piece all = *piece;
        int r = 0;

        g_byte_array_append(bytes, (const guint8 *) held->bytes, (guint) before);
        g_byte_array_append(bytes, piece->data, (guint) piece->size);
        tail = unfinished_tail((const char *) bytes->data, bytes->len);
        all.data = bytes->data;
        all.size = bytes->len - tail;
        if (all.size > 0)
                r = show(s, &all);
        if (r < 0)
                return r;
        memcpy(held->bytes, bytes->data + all.size, tail);
        held->whole = all.size == 0 && (before == 0 || held->whole);
        held->size = tail;
        held->time = piece->time;
        return 0;
}

int sink_take(Sink *s, const Piece *piece) {
        Mark mark = { .position = piece->position, .stream = piece->stream };
        int r = 0;

        if (piece->stream >= 0 && piece->size > 0 && (s->only < 0 || s->only == piece->stream)) {
                r = s->mode == OUTPUT_CAT ? append(s, piece->stream, piece->data, piece->size)
                                          : take_text(s, piece);
                if (s->mode == OUTPUT_CAT)
                        mark.outlet = s->outlet_of[piece->stream];
                mark.end = s->held[piece->stream].size > 0 ? HELD : s->queued[mark.outlet];
        }
        if (r < 0)
                return r;
        g_array_append_val(s->marks, mark);
        return 0;
}

/* True if nothing that was shown stands behind the pieces that are held back: then these can come again. */
static bool can_come_again(const Sink *s) {
        bool held = false;

        for (guint i = s->n_taken; i < s->marks->len; i++) {
                const Mark *mark = &g_array_index(s->marks, Mark, i);

                if (mark->end == HELD && !s->held[mark->stream].whole)
                        return false;
                if (held && mark->end != HELD)
                        return false;
                held = mark->end == HELD;
        }
        return true;
}

static int show_held(Sink *s) {
        uint64_t position = g_array_index(s->marks, Mark, s->marks->len - 1).position;

        for (Stream stream = 0; stream < _STREAM_MAX; stream++) {
                Held held = s->held[stream];
                int r;

                if (held.size == 0)
                        continue;
                s->held[stream].size = 0;
                r = show(s, &(Piece){ .position = position,
                                      .time = held.time,
                                      .stream = stream,
                                      .data = held.bytes,
                                      .size = held.size });
                if (r < 0)
                        return r;
        }
        return 0;
}

bool sink_holds(const Sink *s) {
        return s->held[STREAM_STDOUT].size > 0 || s->held[STREAM_STDERR].size > 0;
}

int sink_finish(Sink *s, bool ended) {
        int r = 0;

        if (sink_holds(s) && (ended || !can_come_again(s)))
                r = show_held(s);
        if (r >= 0 && s->line_of >= 0) {
                r = append(s, STREAM_STDOUT, "\n", 1);
                s->line_of = _STREAM_INVALID;
        }
        return r < 0 ? r : sink_flush(s);
}
