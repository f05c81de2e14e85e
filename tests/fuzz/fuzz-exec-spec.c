/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "exec/spec.h"
#include "fuzz.h"

/* A spec as jobd-exec reads it: all that it points to lies in it. */

static void check_inside(const Spec *spec, const char *string) {
        const char *begin = spec->mapping;

        CHECK(string > begin && string < begin + spec->size);
        CHECK(memchr(string, '\0', (size_t) (begin + spec->size - string)));
}

static void check_list(const Spec *spec, char **strings, uint32_t n) {
        for (uint32_t i = 0; i < n; i++)
                check_inside(spec, strings[i]);
        CHECK(strings[n] == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        void *copy = malloc(size);
        Spec spec;

        CHECK(copy || size == 0);
        if (size > 0)
                memcpy(copy, data, size);
        if (spec_parse(copy, size, &spec) == 0) {
                check_inside(&spec, spec.directory);
                check_list(&spec, spec.argv, spec.header.n_argv);
                check_list(&spec, spec.env, spec.header.n_env);
                CHECK(spec.header.n_argv > 0 && spec.header.job.number > 0 &&
                      strlen(spec.header.uuid) == 36);
                CHECK(memchr(spec.limits.cpus, '\0', sizeof(spec.limits.cpus)));
                spec.mapping = NULL; /* it is not one */
                spec_free(&spec);
        }
        free(copy);
        return 0;
}
