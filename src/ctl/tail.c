/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/sanitize.h"
#include "client/bus.h"
#include "client/call.h"
#include "client/segment.h"
#include "ctl/tail.h"
#include "wire/frame.h"

/* No more of the end is looked at than this. */
#define TAIL_BYTES 65536U

/* Over ssh, from the output's beginning: more is not worth the way. */
#define REMOTE_BYTES UINT64_C(1048576)

static void keep_end(GString *text) {
        if (text->len > 2 * TAIL_BYTES)
                g_string_erase(text, 0, (gssize) (text->len - TAIL_BYTES));
}

static int take_frame(const Frame *frame, void *userdata) {
        GString *text = userdata;

        if (frame->stream >= 0)
                g_string_append_len(text, frame->data, (gssize) frame->size);
        keep_end(text);
        return 0;
}

/* What ReadOutput gives from *position on, which is moved behind it. */
static int read_output(Ctl *c, JobId job, uint64_t *position, GString *text) {
        g_autoptr(sd_bus_message) call = NULL, reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        const void *data;
        size_t size;
        int r;

        r = bus_new_job_call(&c->client, job, "ReadOutput", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ttta{sv}", *position, REMOTE_BYTES, UINT64_C(0), 0);
        if (r >= 0)
                r = bus_call(&c->client, call, &error, &reply);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, SD_BUS_TYPE_ARRAY, "(ttsay)");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, SD_BUS_TYPE_STRUCT, "ttsay")) > 0) {
                r = sd_bus_message_skip(reply, "tts");
                if (r >= 0)
                        r = sd_bus_message_read_array(reply, SD_BUS_TYPE_BYTE, &data, &size);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
                g_string_append_len(text, data, (gssize) size);
                keep_end(text);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(reply);
        return r < 0 ? r : sd_bus_message_read(reply, "t", position);
}

/* Behind a damage jobd knows where it goes on. */
static int read_on(Ctl *c, JobId job, uint64_t position, uint64_t end, GString *text) {
        while (position < end) {
                uint64_t before = position;
                int r = read_output(c, job, &position, text);

                if (r < 0 || position <= before)
                        return r;
        }
        return 0;
}

/* The segment that holds `position`; *ret_start is where it begins. */
static int read_segment(Ctl *c, JobId job, uint64_t position, uint64_t begin, GString *text,
                        uint64_t *ret_start) {
        g_autoptr(sd_bus_message) call = NULL, reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        g_autofree uint8_t *buffer = g_malloc(SEGMENT_BUFFER_SIZE);
        uint64_t end;
        int fd, r;

        r = bus_new_job_call(&c->client, job, "OpenOutput", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ta{sv}", position, 0);
        if (r >= 0)
                r = bus_call(&c->client, call, &error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "htt", &fd, ret_start, &end);
        if (r < 0)
                return r;
        position = MAX(*ret_start, begin);
        r = segment_visit(fd, *ret_start, end, end, &position, buffer, take_frame, text);
        return r == -ESTALE ? read_on(c, job, position, end, text) : r;
}

static void read_local(Ctl *c, JobId job, uint64_t begin, uint64_t end, GString *text) {
        g_autoptr(GString) last = g_string_new(NULL);
        uint64_t start;

        if (read_segment(c, job, end - 1, begin, last, &start) < 0)
                return;
        if (last->len < TAIL_BYTES && start > begin)
                (void) read_segment(c, job, start - 1, begin, text, &start);
        g_string_append_len(text, last->str, (gssize) last->len);
}

static void read_remote(Ctl *c, JobId job, uint64_t begin, uint64_t end, GString *text) {
        if (end - begin <= REMOTE_BYTES)
                (void) read_output(c, job, &begin, text);
}

/* Where the last `n_lines` lines begin. */
static const char *last_lines(const GString *text, unsigned n_lines) {
        const char *p = text->str + text->len;

        if (p > text->str && p[-1] == '\n')
                p--;
        for (; p > text->str; p--)
                if (p[-1] == '\n' && --n_lines == 0)
                        break;
        return p;
}

/* What a terminal would show of the line: what stands behind a carriage return has been written over the
 * rest. */
static const char *newest_part(const char *line, const char **end) {
        const char *p;

        while (*end > line && (*end)[-1] == '\r')
                (*end)--;
        for (p = *end; p > line && p[-1] != '\r'; p--)
                ;
        return p;
}

void tail_append(Ctl *c, JobId job, uint64_t begin, uint64_t end, unsigned n_lines, const char *indent,
                 size_t width, GString *out) {
        g_autoptr(GString) text = g_string_new(NULL);
        const char *p, *stop;

        if (end <= begin)
                return;
        if (c->client.host)
                read_remote(c, job, begin, end, text);
        else
                read_local(c, job, begin, end, text);
        stop = text->str + text->len;
        for (p = last_lines(text, n_lines); p < stop;) {
                const char *newline = memchr(p, '\n', (size_t) (stop - p)), *line_end = newline ?: stop,
                           *shown_end = line_end, *shown = newest_part(p, &shown_end);
                g_autofree char *safe = sanitize_n(shown, (size_t) (shown_end - shown));
                g_autofree char *line = width > 0 ? text_ellipsize(safe, width) : g_strdup(safe);

                g_string_append_printf(out, "%s%s\n", indent, line);
                p = line_end + 1;
        }
}
