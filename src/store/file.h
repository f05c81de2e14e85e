/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Whole small files below a directory. */

/* At most `max` bytes, else −EFBIG; the text is NUL-terminated beyond its size, for the caller to free. */
int file_read(int dir_fd, const char *name, gsize max, char **ret_text, gsize *ret_size);

/* Either the new content or, on failure, the old: by way of NAME.new. */
int file_write_atomic(int dir_fd, const char *name, const void *data, gsize size);
