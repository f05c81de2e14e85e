/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What changes in a job's record, and not what it was asked to do: for where the record itself cannot be
 * written. It is of one boot, and counts while the record is older.
 */

/* Of a record without a request; the caller frees it. */
char *record_copy_format(const char *record, const char *boot_id, gsize *ret_size);

/* Puts it over the record. −ESTALE: it is not newer, or of another job or boot. −EBADMSG: not a copy. */
int record_copy_apply(GKeyFile *record, const char *text, gsize size, const char *boot_id);
