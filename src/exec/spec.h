/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/exec-spec.h"

/* The spec (wire/exec-spec.h), mapped from its memfd and checked. The strings lie in the mapping. */
typedef struct Spec {
        void *mapping;
        size_t size;
        ExecSpecHeader header;
        const char *directory; /* absolute, or "~" */
        char **argv;           /* NULL-terminated */
        char **env;            /* NULL-terminated */
        ExecLimits limits;
} Spec;

/* 0, −EPERM (not sealed), −EBADMSG (not a spec of this version, or damaged), or another −errno. */
int spec_read(int fd, Spec *ret);

/* True for whoever asks first, in all the time that there is this spec. */
bool spec_claim(int fd);

/* Takes `size` bytes at `mapping` for a spec; they stay the caller's on failure. */
int spec_parse(void *mapping, size_t size, Spec *ret);

void spec_free(Spec *spec);
