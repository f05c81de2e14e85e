/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/window.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "wire/record.h"

#define WINDOW_SIZE ((size_t) RECORD_WINDOW_MAX)

/* In front of each record; 0 where a length should stand means that the ring goes on at its beginning. */
typedef uint32_t Length;

static size_t slot_size(size_t size) {
        return (sizeof(Length) + size + sizeof(Length) - 1) & ~(sizeof(Length) - 1);
}

static Length length_at(const Window *window, size_t at) {
        Length length;

        memcpy(&length, window->bytes + at, sizeof(length));
        return length;
}

static void set_length_at(Window *window, size_t at, size_t size) {
        Length length = (Length) size;

        memcpy(window->bytes + at, &length, sizeof(length));
}

/* Where the record stands that belongs at `at`. */
static size_t settle(const Window *window, size_t at) {
        return at == WINDOW_SIZE || length_at(window, at) == 0 ? 0 : at;
}

static size_t behind(const Window *window, size_t at) {
        return at + slot_size(length_at(window, at));
}

int window_init(Window *window) {
        void *bytes = mmap(NULL, WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (bytes == MAP_FAILED)
                return -errno;
        *window = (Window){ .bytes = bytes };
        return 0;
}

void window_free(Window *window) {
        if (window->bytes != NULL)
                (void) munmap(window->bytes, WINDOW_SIZE); /* our own mapping: cannot fail */
        *window = (Window){ 0 };
}

static void drop_oldest(Window *window) {
        window->oldest = behind(window, window->oldest);
        window->n_records--;
        if (window->n_records > 0)
                window->oldest = settle(window, window->oldest);
}

uint8_t *window_reserve(Window *window, size_t size) {
        size_t need = slot_size(size);

        if (need > WINDOW_SIZE - window->end) {
                /* what is left at the end of the ring is too short: drop what lies there, go on at the beginning */
                while (window->n_records > 0 && window->oldest >= window->end)
                        drop_oldest(window);
                if (window->end < WINDOW_SIZE)
                        set_length_at(window, window->end, 0);
                window->end = 0;
        }
        while (window->n_records > 0 && window->oldest >= window->end && window->oldest - window->end < need)
                drop_oldest(window);
        if (window->n_records == 0)
                window->oldest = window->end;
        window->next = window->end;
        return window->bytes + window->end + sizeof(Length);
}

void window_commit(Window *window, size_t size) {
        set_length_at(window, window->end, size);
        window->end = behind(window, window->end);
        window->n_records++;
        window->n_unsent++;
}

const uint8_t *window_next(const Window *window, size_t *ret_size) {
        size_t at;

        if (window->n_unsent == 0)
                return NULL;
        at = settle(window, window->next);
        *ret_size = length_at(window, at);
        return window->bytes + at + sizeof(Length);
}

void window_sent(Window *window) {
        window->next = behind(window, settle(window, window->next));
        window->n_unsent--;
}

void window_rewind(Window *window) {
        window->next = window->oldest;
        window->n_unsent = window->n_records;
}

void window_clear(Window *window) {
        (void) madvise(window->bytes, WINDOW_SIZE, MADV_DONTNEED); /* only memory is at stake */
        *window = (Window){ .bytes = window->bytes };
}
