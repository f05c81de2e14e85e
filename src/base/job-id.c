/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/job-id.h"
#include "base/parse.h"

/* A number from 1 on, in `size` bytes. */
static int read_number(const char *text, size_t size, uint32_t *ret) {
        char digits[sizeof("4294967295")];
        uint32_t number;
        int r;

        if (size >= sizeof(digits))
                return text[0] >= '1' && text[0] <= '9' && strspn(text, "0123456789") >= size ? -ERANGE
                                                                                              : -EINVAL;
        memcpy(digits, text, size);
        digits[size] = '\0';
        r = parse_u32(digits, &number);
        if (r < 0)
                return r;
        if (number == 0)
                return -EINVAL;
        *ret = number;
        return 0;
}

int job_id_parse(JobIdForm form, const char *text, JobId *ret) {
        size_t before = strlen(form.before), behind = strlen(form.behind), size = strlen(text);
        const char *between;
        JobId id = { 0 };
        int r;

        if (size < before + behind || strncmp(text, form.before, before) != 0 ||
            strcmp(text + size - behind, form.behind) != 0)
                return -EINVAL;
        text += before;
        size -= before + behind;
        between = memchr(text, form.between, size);
        r = read_number(text, between ? (size_t) (between - text) : size, &id.number);
        if (r >= 0 && between)
                r = read_number(between + 1, size - (size_t) (between + 1 - text), &id.child);
        if (r < 0)
                return r;
        *ret = id;
        return 0;
}

int job_newness_compare(JobId a, uint64_t a_ended, JobId b, uint64_t b_ended) {
        uint64_t a_end = a_ended ?: UINT64_MAX, b_end = b_ended ?: UINT64_MAX;

        if (a_end != b_end)
                return a_end > b_end ? -1 : 1;
        return job_id_compare(b, a);
}

static guint hash(gconstpointer key) {
        JobId id = job_map_key(key);

        return id.number * 31 + id.child;
}

static gboolean equal(gconstpointer a, gconstpointer b) {
        return job_id_equal(job_map_key(a), job_map_key(b));
}

JobMap *job_map_new(GDestroyNotify free_value) {
        return g_hash_table_new_full(hash, equal, g_free, free_value);
}

bool job_map_set(JobMap *map, JobId id, void *value) {
        return g_hash_table_replace(map, g_memdup2(&id, sizeof(id)), value);
}
