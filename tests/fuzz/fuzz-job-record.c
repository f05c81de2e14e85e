/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "store/record.h"

/* A job's record. What jobd makes of one is a record again, and stays as it is from then on. */

static char *rewrite(const char *text, gsize size, gsize *ret_size) {
        g_autoptr(Job) job = NULL;

        if (record_parse(text, size, &job) < 0)
                return NULL;
        CHECK(job->id.number > 0 && job->request->argv[0] && job->request->directory);
        return record_format(job, job->request, ret_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autofree char *first = NULL, *second = NULL;
        gsize first_size, second_size;

        first = rewrite((const char *) data, size, &first_size);
        if (!first)
                return 0;
        second = rewrite(first, first_size, &second_size);
        CHECK(second && first_size == second_size && memcmp(first, second, first_size) == 0);
        return 0;
}
