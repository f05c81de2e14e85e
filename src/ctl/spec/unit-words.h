/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The words that unit files use where systemd's bus wants a number, and what a line of words is made of.
 */

/* Words between blanks; quotes of both kinds hold one together, a backslash takes the meaning from what
 * follows. NULL if a quote is left open. To be freed with g_strfreev(). */
char **unit_words(const char *text);

/* −1 for a word that there is not. */
int unit_log_level(const char *word);      /* emerg to debug, or 0 to 7 */
int unit_cpu_scheduling(const char *word); /* other, batch, idle, fifo, rr */
int unit_io_scheduling(const char *word);  /* none, realtime, best-effort, idle */
int unit_errno(const char *word);          /* EPERM, or a number; kill */

/* False for a word that there is not. */
bool unit_capability(const char *word, uint64_t *ret_bit);
bool unit_namespace(const char *word, uint64_t *ret_flag);

/* All flags of unit_namespace(). */
uint64_t unit_namespaces_all(void);
