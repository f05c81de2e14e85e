/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The last records, kept for the case that journald dies: a ring of RECORD_WINDOW_MAX bytes in a mapping of
 * its own, so that its memory can be given back to the kernel. A record lies in one piece, behind its
 * length. The oldest ones make room for new ones. A large record (bulk.h) is not in the ring, but its
 * descriptor.
 */
typedef struct Window {
        uint8_t *bytes;
        /* positions of the first record, of the first that is to be sent, and behind the last */
        size_t oldest;
        size_t next;
        size_t end;
        size_t n_records;
        size_t n_unsent;
} Window;

typedef struct WindowRecord {
        const uint8_t *bytes; /* if fd is −1 */
        size_t size;
        int fd; /* stays the window's */
} WindowRecord;

int window_init(Window *window);
void window_free(Window *window);

/* Room for a record of at most `size` bytes. All records must have been sent. Valid until
 * window_commit(). */
uint8_t *window_reserve(Window *window, size_t size);

/* The reserved room holds a record of `size` bytes (at least 1), to be sent. */
void window_commit(Window *window, size_t size);

/* A large record, to be sent; its descriptor is taken. All records must have been sent. */
void window_put_fd(Window *window, int fd);

/* Drops all but the last `n`, of which the others must have been sent. */
void window_keep_last(Window *window, size_t n);

/* The first record that is to be sent; false: there is none. */
bool window_next(const Window *window, WindowRecord *ret);
void window_sent(Window *window);

/* All records are to be sent again. */
void window_rewind(Window *window);

/* Forgets the records, and gives their memory back. */
void window_clear(Window *window);

static inline bool window_is_empty(const Window *window) {
        return window->n_records == 0;
}

static inline bool window_is_sent(const Window *window) {
        return window->n_unsent == 0;
}
