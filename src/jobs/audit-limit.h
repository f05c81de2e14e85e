/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/*
 * What costs its caller nothing must not fill the journal: a user has so many entries a minute of each such
 * kind, and what is beyond is counted, and told at the minute's end.
 */

#define AUDIT_LIMIT_PER_MINUTE 30U
/* More users than that within a minute share one count. */
#define AUDIT_LIMIT_USERS_MAX 256U
#define AUDIT_LIMIT_OTHERS    ((uid_t) -1)

typedef struct AuditLimit AuditLimit;

/* `left_out`: that many entries of the user, or of AUDIT_LIMIT_OTHERS, within the minute that has passed. */
AuditLimit *audit_limit_new(sd_event *event, void (*left_out)(uid_t uid, uint32_t n, void *userdata),
                            void *userdata);
void audit_limit_free(AuditLimit *limit);

/* True: write it. */
bool audit_limit_admits(AuditLimit *limit, uid_t uid);

/* The minute is over now. */
void audit_limit_end(AuditLimit *limit);
