/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

/*
 * Copies of calls. One that waits is never the message that the client has sent: that may have 32 MiB, in
 * header fields that nobody reads, too, and 16 descriptors that no value names.
 */

typedef struct CopyLimits {
        size_t size;  /* bytes */
        guint values; /* copying takes time for each */
        guint n_fds;
} CopyLimits;

/* Bytes that a copy takes without its values. */
#define HELD_CALL_SIZE 1024U

/* The same call: sender, cookie, flags, values. −EMSGSIZE: beyond `limits`; −E2BIG: with more
 * descriptors. */
int held_call_copy(sd_bus_message *call, const CopyLimits *limits, sd_bus_message **ret, size_t *ret_size,
                   guint *ret_n_fds);

/* What is needed for an answer, and no more. */
int held_call_stub(sd_bus_message *call, sd_bus_message **ret);
