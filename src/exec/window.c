/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/window.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/record.h"

#define WINDOW_SIZE ((size_t) RECORD_WINDOW_MAX)

/* In front of each record; 0 where a length should stand means that the ring goes on at its beginning. */
typedef uint32_t Length;

/* In a length: what stands there is the descriptor of a record. */
#define LENGTH_FD (UINT32_C(1) << 31)

static size_t slot_size(size_t size) {
        return (sizeof(Length) + size + sizeof(Length) - 1) & ~(sizeof(Length) - 1);
}

static Length length_at(const Window *window, size_t at) {
        Length length;

        memcpy(&length, window->bytes + at, sizeof(length));
        return length;
}

/* Where the record stands that belongs at `at`. */
static size_t settle(const Window *window, size_t at) {
        return at == WINDOW_SIZE || length_at(window, at) == 0 ? 0 : at;
}

static size_t behind(const Window *window, size_t at) {
        return at + slot_size(length_at(window, at) & ~LENGTH_FD);
}

static WindowRecord record_at(const Window *window, size_t at) {
        Length length = length_at(window, at);
        WindowRecord record = {
                .bytes = window->bytes + at + sizeof(Length),
                .size = length & ~LENGTH_FD,
                .fd = -1,
        };

        if ((length & LENGTH_FD) != 0)
                memcpy(&record.fd, record.bytes, sizeof(record.fd));
        return record;
}

static void drop_oldest(Window *window) {
        WindowRecord record = record_at(window, window->oldest);

        if (record.fd >= 0)
                (void) close(record.fd);
        window->oldest = behind(window, window->oldest);
        window->n_records--;
        if (window->n_records > 0)
                window->oldest = settle(window, window->oldest);
}

static void drop_all(Window *window) {
        while (window->n_records > 0)
                drop_oldest(window);
}

int window_init(Window *window) {
        void *bytes = mmap(NULL, WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (bytes == MAP_FAILED)
                return -errno;
        *window = (Window){ .bytes = bytes };
        return 0;
}

void window_free(Window *window) {
        drop_all(window);
        if (window->bytes != NULL)
                (void) munmap(window->bytes, WINDOW_SIZE); /* our own mapping: cannot fail */
        *window = (Window){ 0 };
}

uint8_t *window_reserve(Window *window, size_t size) {
        size_t need = slot_size(size);

        if (need > WINDOW_SIZE - window->end) {
                /* what is left at the end of the ring is too short: drop what lies there, go on at the
                 * beginning */
                while (window->n_records > 0 && window->oldest >= window->end)
                        drop_oldest(window);
                if (window->end < WINDOW_SIZE)
                        memset(window->bytes + window->end, 0, sizeof(Length));
                window->end = 0;
        }
        while (window->n_records > 0 && window->oldest >= window->end && window->oldest - window->end < need)
                drop_oldest(window);
        if (window->n_records == 0)
                window->oldest = window->end;
        window->next = window->end;
        return window->bytes + window->end + sizeof(Length);
}

static void commit(Window *window, Length length) {
        memcpy(window->bytes + window->end, &length, sizeof(length));
        window->end = behind(window, window->end);
        window->n_records++;
        window->n_unsent++;
}

void window_commit(Window *window, size_t size) {
        commit(window, (Length) size);
}

void window_put_fd(Window *window, int fd) {
        memcpy(window_reserve(window, sizeof(fd)), &fd, sizeof(fd));
        commit(window, sizeof(fd) | LENGTH_FD);
}

void window_keep_last(Window *window, size_t n) {
        while (window->n_records > n)
                drop_oldest(window);
}

bool window_next(const Window *window, WindowRecord *ret) {
        if (window->n_unsent == 0)
                return false;
        *ret = record_at(window, settle(window, window->next));
        return true;
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
        drop_all(window);
        (void) madvise(window->bytes, WINDOW_SIZE, MADV_DONTNEED); /* only memory is at stake */
        *window = (Window){ .bytes = window->bytes };
}
