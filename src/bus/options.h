/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/*
 * Strict reading of a{sv} options: what is not in the method's table is refused by name, and so are a second
 * value of one option and a wrong type. A table is an array of Option; its values go into the struct that
 * the offsets are of.
 *
 * The type of a value is what the client's language makes of it: python-dbus takes every integer for "i",
 * and no binding but C's has an easy "ay". So an integer may come in any type, if the value is one that the
 * option's own type holds, and where bytes are wanted ("ay") text does.
 */

typedef struct Option {
        const char *name;
        const char *type; /* its D-Bus signature */
        /* Reads the value (the message stands inside of the variant) into `field`. */
        int (*read)(sd_bus_message *m, const struct Option *option, void *field, sd_bus_error *error);
        size_t offset;
} Option;

int options_read(sd_bus_message *m, const Option *options, size_t n, void *into, sd_bus_error *error);

/* For methods that know no options. */
int options_refuse_all(sd_bus_message *m, sd_bus_error *error);

/* Readers: bool *; uint32_t *, int32_t *, uint64_t *, const char ** (of the message), by the option's
 * type. */
int option_bool(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error);
int option_basic(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error);

/* States by their words, type as, into an unsigned with a bit (1 << JobState) each. */
int option_states(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error);

/* Reads the integer that `m` stands before, of any type, into an uint32_t, int32_t or uint64_t: `type` is u,
 * i or t. */
int option_integer(sd_bus_message *m, const Option *option, char type, void *field, sd_bus_error *error);

/* "Option NAME: …" as InvalidArgument. */
int option_invalid(sd_bus_error *error, const Option *option, const char *format, ...)
                __attribute__((format(printf, 3, 4)));
