/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/dict.h"
#include "base/error.h"
#include "base/state.h"
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

/* Any type of D-Bus' integers, widened. */
typedef struct Integer {
        bool negative;
        uint64_t value; /* of two's complement, if it is negative */
} Integer;

static bool is_integer(char type) {
        return type && strchr("ynqiuxt", type);
}

static int read_integer(sd_bus_message *m, char type, Integer *ret) {
        union {
                uint8_t y;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
        } v;
        int64_t number = 0;
        int r = sd_bus_message_read_basic(m, type, &v);

        if (r < 0)
                return r;
        if (type == 't') {
                *ret = (Integer){ .value = v.t };
                return 0;
        }
        switch (type) {
        case 'y':
                number = v.y;
                break;
        case 'n':
                number = v.n;
                break;
        case 'q':
                number = v.q;
                break;
        case 'i':
                number = v.i;
                break;
        case 'u':
                number = v.u;
                break;
        case 'x':
                number = v.x;
                break;
        default:
                g_assert_not_reached();
        }
        *ret = (Integer){ .negative = number < 0, .value = (uint64_t) number };
        return 0;
}

int option_integer(sd_bus_message *m, const Option *option, char type, void *field, sd_bus_error *error) {
        const int64_t min = type == 'i' ? INT32_MIN : 0;
        const uint64_t max = type == 'i' ? INT32_MAX : type == 'u' ? UINT32_MAX : UINT64_MAX;
        Integer n;
        char given;
        int r = sd_bus_message_peek_type(m, &given, NULL);

        if (r >= 0)
                r = read_integer(m, given, &n);
        if (r < 0)
                return r;
        if (n.negative && (int64_t) n.value < min)
                return option_invalid(error, option, "%" G_GINT64_FORMAT " is less than %" G_GINT64_FORMAT,
                                      (int64_t) n.value, min);
        if (!n.negative && n.value > max)
                return option_invalid(error, option, "%" G_GUINT64_FORMAT " is more than %" G_GUINT64_FORMAT,
                                      n.value, max);
        if (type == 't')
                *(uint64_t *) field = n.value;
        else
                *(uint32_t *) field = (uint32_t) n.value; /* of an int32_t the same bits */
        return 0;
}

int option_basic(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        if (is_integer(option->type[0]))
                return option_integer(m, option, option->type[0], field, error);
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

int option_states(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        unsigned *states = field;
        const char *word;
        int r = sd_bus_message_enter_container(m, 'a', "s");

        while (r >= 0 && (r = sd_bus_message_read(m, "s", &word)) > 0) {
                JobState state = job_state_from_string(word);

                if (state == _JOB_STATE_INVALID)
                        return option_invalid(error, option, "unknown state '%.32s'", word);
                *states |= 1U << state;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Whether a value of that type may stand where one of the option's own is due. */
static bool takes(const Option *option, const char *type) {
        const char *own = option->type;

        if (strcmp(own, type) == 0 || (strcmp(own, "ay") == 0 && strcmp(type, "s") == 0))
                return true;
        if (strcmp(own, "ai") == 0 && type[0] == 'a') {
                own++;
                type++;
        }
        return is_integer(own[0]) && is_integer(type[0]) && !own[1] && !type[1];
}

static int read_value(sd_bus_message *m, const Option *option, void *into, sd_bus_error *error) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (!takes(option, contents))
                return option_invalid(error, option, "its type is %s, not %s", option->type, contents);
        r = sd_bus_message_enter_container(m, 'v', contents);
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
