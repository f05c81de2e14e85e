/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/parse.h"
#include "ctl/spec/properties.h"
#include "ctl/spec/spec.h"
#include "ctl/spec/unit-properties.h"
#include "ctl/usage.h"
#include "wire/names.h"

GArray *spec_rows_new(const Options *own) {
        GArray *all = g_array_new(FALSE, FALSE, sizeof(Option));

        spec_values_append_rows(all);
        if (own)
                g_array_append_vals(all, own->rows, (guint) own->n_rows);
        return all;
}

Options spec_options(const GArray *rows) {
        return (Options){ .rows = (const Option *) (const void *) rows->data,
                          .n_rows = rows->len,
                          .posix = true };
}

static void free_property(gpointer p) {
        unit_property_free(p);
}

void spec_init(Spec *s) {
        *s = (Spec){ .input_fd = -1,
                     .setenv = g_ptr_array_new(),
                     .environment = g_ptr_array_new_with_free_func(g_free),
                     .properties = g_ptr_array_new_with_free_func(free_property) };
}

void spec_done(Spec *s) {
        g_free(s->directory);
        if (s->setenv)
                g_ptr_array_unref(s->setenv);
        if (s->environment)
                g_ptr_array_unref(s->environment);
        if (s->properties)
                g_ptr_array_unref(s->properties);
        g_clear_pointer(&s->tasks, g_ptr_array_unref);
        spec_values_done(s->values);
        fd_clear(&s->input_fd);
}

static int take_name(const Ctl *c, Spec *s) {
        if (optarg[0] == '\0') {
                s->name = NULL; /* as without the option */
                return STATUS_OK;
        }
        if (!job_name_is_valid(optarg))
                return fail_usage(c,
                                  "'%s' cannot be a name: 1 to %u bytes of UTF-8 without control characters",
                                  optarg, JOBD_NAME_MAX);
        s->name = optarg;
        return STATUS_OK;
}

static int take_setenv(const Ctl *c, Spec *s) {
        if (!optarg[0] || optarg[0] == '=')
                return fail_usage(c, "-E: '%s' has no name; write NAME or NAME=VALUE", optarg);
        g_ptr_array_add(s->setenv, optarg);
        return STATUS_OK;
}

/* As if the option had been given instead. */
static int take_same(const Ctl *c, Spec *s, const char *name, char *value) {
        g_autoptr(GArray) rows = spec_rows_new(NULL);

        for (guint i = 0; i < rows->len; i++) {
                const Option *option = &g_array_index(rows, Option, i);

                if (strcmp(option->name, name) == 0) {
                        optarg = value;
                        return spec_take_option(c, s, option->value);
                }
        }
        g_assert_not_reached();
}

/* What jobd has an option for is that option, which everybody may give; the rest goes on as it is. */
static int take_property(const Ctl *c, Spec *s) {
        const char *option;

        if (strcmp(optarg, "help") == 0) {
                int r = property_help(c);

                return r == STATUS_OK ? SPEC_ANSWERED : r;
        }
        option = property_option(optarg);
        return option ? take_same(c, s, option, strchr(optarg, '=') + 1)
                      : unit_properties_take(c, optarg, s->properties);
}

int spec_take_option(const Ctl *c, Spec *s, int option) {
        switch (option) {
        case 'n':
                return take_name(c, s);
        case 'C':
                s->directory_option = optarg;
                return STATUS_OK;
        case 'E':
                return take_setenv(c, s);
        case SPEC_OPTION_CLEAN_ENV:
                s->clean_env = true;
                return STATUS_OK;
        case SPEC_OPTION_INPUT:
                s->input = optarg;
                return STATUS_OK;
        case SPEC_OPTION_UID:
                s->user = optarg;
                return STATUS_OK;
        case SPEC_OPTION_GID:
                s->group = optarg;
                return STATUS_OK;
        case 'p':
                return take_property(c, s);
        default:
                return spec_values_take(c, s->values, option);
        }
}
