/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/dict.h"
#include "base/error.h"
#include "bus/options.h"

#define OPTIONS_MAX 64U /* of one table: a bit each */

int option_invalid(sd_bus_error *error, const Option *option, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        return error_setf(error, -JOBD_E_INVALID_ARGUMENT, "Option %s: %s", option->name, text);
}

int option_basic(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        return sd_bus_message_read_basic(m, option->type[0], field);
}

int option_bool(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        bool *flag = field;
        int value, r;

        r = sd_bus_message_read_basic(m, 'b', &value);
        if (r >= 0)
                *flag = value;
        return r;
}

static int read_value(sd_bus_message *m, const Option *option, void *into, sd_bus_error *error) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (strcmp(contents, option->type) != 0)
                return option_invalid(error, option, "its type is %s, not %s", option->type, contents);
        r = sd_bus_message_enter_container(m, 'v', option->type);
        if (r >= 0)
                r = option->read(m, option, (char *) into + option->offset, error);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r;
}

/* One reading of a table. */
typedef struct Reading {
        const Option *options;
        size_t n;
        void *into;
        uint64_t seen; /* a bit an option */
        sd_bus_error *error;
} Reading;

static int read_entry(sd_bus_message *m, const char *name, void *userdata) {
        Reading *reading = userdata;

        for (size_t i = 0; i < reading->n; i++) {
                const Option *option = &reading->options[i];

                if (strcmp(option->name, name) != 0)
                        continue;
                if (reading->seen & (UINT64_C(1) << i))
                        return option_invalid(reading->error, option, "given twice");
                reading->seen |= UINT64_C(1) << i;
                return read_value(m, option, reading->into, reading->error);
        }
        return error_setf(reading->error, -JOBD_E_UNKNOWN_OPTION, "Unknown option %.64s", name);
}

int options_read(sd_bus_message *m, const Option *options, size_t n, void *into, sd_bus_error *error) {
        Reading reading = { .options = options, .n = n, .into = into, .error = error };

        g_assert(n <= OPTIONS_MAX);
        return dict_read(m, read_entry, &reading);
}

int options_refuse_all(sd_bus_message *m, sd_bus_error *error) {
        return options_read(m, NULL, 0, NULL, error);
}
