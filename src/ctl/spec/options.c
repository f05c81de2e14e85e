/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/parse.h"
#include "ctl/report.h"
#include "ctl/spec/properties.h"
#include "ctl/spec/unit-properties.h"
#include "wire/names.h"

enum {
        OPTION_CLEAN_ENV = SPEC_OPTION_BASE,
        OPTION_UMASK,
        OPTION_INPUT,
        OPTION_STOP_TIMEOUT,
        OPTION_SUCCESS,
        OPTION_NICE,
        OPTION_OUTPUT_LIMIT,
        OPTION_OUTPUT_FULL,
        OPTION_UID,
        OPTION_GID,
};

static const struct option long_options[] = {
        { "name", required_argument, NULL, 'n' },
        { "working-directory", required_argument, NULL, 'C' },
        { "setenv", required_argument, NULL, 'E' },
        { "timeout", required_argument, NULL, 't' },
        { "clean-env", no_argument, NULL, OPTION_CLEAN_ENV },
        { "umask", required_argument, NULL, OPTION_UMASK },
        { "input", required_argument, NULL, OPTION_INPUT },
        { "stop-timeout", required_argument, NULL, OPTION_STOP_TIMEOUT },
        { "success-exit-status", required_argument, NULL, OPTION_SUCCESS },
        { "nice", required_argument, NULL, OPTION_NICE },
        { "output-limit", required_argument, NULL, OPTION_OUTPUT_LIMIT },
        { "output-full", required_argument, NULL, OPTION_OUTPUT_FULL },
        { "uid", required_argument, NULL, OPTION_UID },
        { "gid", required_argument, NULL, OPTION_GID },
        { "property", required_argument, NULL, 'p' },
};

GArray *spec_long_options_new(const struct option *own, size_t n_own) {
        GArray *all = g_array_new(TRUE, TRUE, sizeof(struct option));

        if (n_own > 0)
                g_array_append_vals(all, own, (guint) n_own);
        g_array_append_vals(all, long_options, G_N_ELEMENTS(long_options));
        spec_limits_append_options(all);
        return all;
}

static void free_property(gpointer p) {
        unit_property_free(p);
}

void spec_init(Spec *s) {
        *s = (Spec){ .input_fd = -1,
                     .umask = -1,
                     .setenv = g_ptr_array_new(),
                     .environment = g_ptr_array_new_with_free_func(g_free),
                     .success = g_array_new(FALSE, FALSE, sizeof(int32_t)),
                     .properties = g_ptr_array_new_with_free_func(free_property) };
}

void spec_done(Spec *s) {
        g_free(s->directory);
        if (s->setenv)
                g_ptr_array_unref(s->setenv);
        if (s->environment)
                g_ptr_array_unref(s->environment);
        if (s->success)
                (void) g_array_free(s->success, TRUE);
        if (s->properties)
                g_ptr_array_unref(s->properties);
        spec_limits_done(s->limits);
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

static int take_time(const Ctl *c, const char *option, uint64_t *ret) {
        uint64_t usec;

        if (parse_timespan(optarg, &usec) < 0 || usec == 0)
                return fail_usage(c, "%s: '%s' is not a time; write it as 10, 1.5s, 2min 30s or infinity",
                                  option, optarg);
        *ret = usec;
        return STATUS_OK;
}

static int take_umask(const Ctl *c, Spec *s) {
        int64_t mask = 0;

        for (const char *p = optarg; *p; p++) {
                if (*p < '0' || *p > '7' || mask > 0777)
                        mask = INT64_C(1) << 40;
                else
                        mask = mask * 8 + (*p - '0');
        }
        if (!optarg[0] || mask > 0777)
                return fail_usage(c, "--umask=: '%s' is not an octal number from 0 to 0777", optarg);
        s->umask = mask;
        return STATUS_OK;
}

static int take_success(const Ctl *c, Spec *s) {
        g_auto(GStrv) words = g_strsplit(optarg, ",", -1);

        for (char **word = words; *word; word++) {
                int32_t status;

                if (parse_i32(*word, &status) < 0 || status < 0 || status > 255)
                        return fail_usage(c, "--success-exit-status=: '%s' is not a status from 0 to 255",
                                          *word);
                g_array_append_val(s->success, status);
        }
        return STATUS_OK;
}

static int take_nice(const Ctl *c, Spec *s) {
        if (parse_i32(optarg, &s->nice) < 0 || s->nice < -20 || s->nice > 19)
                return fail_usage(c, "--nice=: '%s' is not a number from -20 to 19", optarg);
        s->nice_set = true;
        return STATUS_OK;
}

static int take_limit(const Ctl *c, Spec *s) {
        if (parse_size(optarg, &s->output_limit) < 0 || s->output_limit == 0)
                return fail_usage(c,
                                  "--output-limit=: '%s' is not a size; write it as 4096, 64M, 1.5G or "
                                  "infinity",
                                  optarg);
        return STATUS_OK;
}

static int take_output_full(const Ctl *c, Spec *s) {
        if (strcmp(optarg, "drop") != 0 && strcmp(optarg, "block") != 0)
                return fail_usage(c, "--output-full= is drop or block, not '%s'", optarg);
        s->output_full = optarg;
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
                return take_time(c, "--timeout=", &s->timeout_usec);
        case OPTION_STOP_TIMEOUT:
                return take_time(c, "--stop-timeout=", &s->stop_timeout_usec);
        case OPTION_CLEAN_ENV:
                s->clean_env = true;
                return STATUS_OK;
        case OPTION_UMASK:
                return take_umask(c, s);
        case OPTION_INPUT:
                s->input = optarg;
                return STATUS_OK;
        case OPTION_SUCCESS:
                return take_success(c, s);
        case OPTION_NICE:
                return take_nice(c, s);
        case OPTION_OUTPUT_LIMIT:
                return take_limit(c, s);
        case OPTION_OUTPUT_FULL:
                return take_output_full(c, s);
        case OPTION_UID:
                s->user = optarg;
                return STATUS_OK;
        case OPTION_GID:
                s->group = optarg;
                return STATUS_OK;
        case 'p':
                return spec_take_property(c, s);
        default:
                return option < SPEC_OPTION_LIMIT ? STATUS_USAGE : spec_limits_take(c, s->limits, option);
        }
}
