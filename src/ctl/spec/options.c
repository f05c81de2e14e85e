/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/parse.h"
#include "ctl/spec/properties.h"
#include "ctl/spec/unit-properties.h"
#include "ctl/usage.h"
#include "wire/names.h"

enum {
        OPTION_CLEAN_ENV = SPEC_OPTION_BASE,
        OPTION_INPUT,
        OPTION_UID,
        OPTION_GID,
};

static const struct option long_options[] = {
        { "name", required_argument, NULL, 'n' },
        { "working-directory", required_argument, NULL, 'C' },
        { "setenv", required_argument, NULL, 'E' },
        { "clean-env", no_argument, NULL, OPTION_CLEAN_ENV },
        { "input", required_argument, NULL, OPTION_INPUT },
        { "uid", required_argument, NULL, OPTION_UID },
        { "gid", required_argument, NULL, OPTION_GID },
        { "property", required_argument, NULL, 'p' },
};

GArray *spec_long_options_new(const struct option *own, size_t n_own) {
        GArray *all = g_array_new(TRUE, TRUE, sizeof(struct option));

        if (n_own > 0)
                g_array_append_vals(all, own, (guint) n_own);
        g_array_append_vals(all, long_options, G_N_ELEMENTS(long_options));
        spec_values_append_options(all);
        return all;
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

int spec_take_option(const Ctl *c, Spec *s, int option) {
        switch (option) {
        case 'n':
                return take_name(c, s);
        case 'C':
                s->directory_option = optarg;
                return STATUS_OK;
        case 'E':
                return take_setenv(c, s);
        case 't':
                return spec_values_take(c, s->values, spec_values_option("timeout"));
        case OPTION_CLEAN_ENV:
                s->clean_env = true;
                return STATUS_OK;
        case OPTION_INPUT:
                s->input = optarg;
                return STATUS_OK;
        case OPTION_UID:
                s->user = optarg;
                return STATUS_OK;
        case OPTION_GID:
                s->group = optarg;
                return STATUS_OK;
        case 'p':
                return spec_take_property(c, s);
        default:
                return option < SPEC_OPTION_VALUE ? STATUS_USAGE : spec_values_take(c, s->values, option);
        }
}
