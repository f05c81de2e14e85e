/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

/* Reads the variant that `m` stands before, or skips it. Negative ends the reading. */
typedef int (*DictEntryFunc)(sd_bus_message *m, const char *name, void *userdata);

/* Calls `func` for each entry of the a{sv} that `m` stands before, and moves behind it. Returns the first
 * error. */
int dict_read(sd_bus_message *m, DictEntryFunc func, void *userdata);

/* Opens the entry `name` of the a{sv} that `m` is in, with a variant of `type`; what is appended until
 * dict_close_entry() is its value. */
int dict_open_entry(sd_bus_message *m, const char *name, const char *type);
int dict_close_entry(sd_bus_message *m);

/* Such an entry with words, as. */
int dict_append_strv(sd_bus_message *m, const char *name, char **words);
