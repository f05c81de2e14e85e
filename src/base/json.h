/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/job-id.h"

/*
 * Writes JSON. Bytes that are not UTF-8 become an array of numbers, as journalctl shows them.
 */

typedef struct Json {
        GString *out;
        bool pretty;
        bool first; /* nothing stands in the innermost array or object yet */
        unsigned depth;
} Json;

/* `pretty`: one value a line, indented. Free what out->str holds. */
Json json_start(GString *out, bool pretty);

/* `key` is NULL in an array and at the top. */
void json_open(Json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(Json *j, char bracket);                 /* '}' or ']' */
void json_string(Json *j, const char *key, const char *value);
void json_bytes(Json *j, const char *key, const void *data, size_t size);
void json_u64(Json *j, const char *key, uint64_t value);
void json_i64(Json *j, const char *key, int64_t value);
void json_bool(Json *j, const char *key, bool value);
/* "Id", and "Child" of one. */
void json_job_id(Json *j, JobId id);
void json_null(Json *j, const char *key);
