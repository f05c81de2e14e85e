/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/quote.h"
#include "base/user.h"
#include "model/raw-properties.h"
#include "model/request.h"

JobRequest *job_request_new(void) {
        JobRequest *request = g_new(JobRequest, 1);

        *request = (JobRequest){
                .uid = UID_INVALID,
                .gid = GID_INVALID,
                .standard_input = -1,
        };
        return request;
}

void job_request_free(JobRequest *request) {
        g_free(request->name);
        g_strfreev(request->argv);
        g_strfreev(request->environment);
        g_free(request->directory);
        fd_clear(&request->standard_input);
        job_values_clear(request->values);
        g_clear_pointer(&request->properties, g_variant_unref);
        g_free(request->limits);
        g_free(request);
}

JobRequest *job_request_dup_with(const JobRequest *request, char **argv) {
        JobRequest *copy = job_request_new();

        copy->argv = argv;
        copy->environment = g_strdupv(request->environment);
        copy->login_environment = request->login_environment;
        copy->uid = request->uid;
        copy->gid = request->gid;
        copy->directory = g_strdup(request->directory);
        copy->limits = g_memdup2(request->limits, sizeof(*request->limits));
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                copy->values[i] = request->values[i] ? g_variant_ref(request->values[i]) : NULL;
        copy->properties = request->properties ? g_variant_ref(request->properties) : NULL;
        return copy;
}

void job_request_forget_words(JobRequest *request) {
        g_clear_pointer(&request->argv, g_strfreev);
        g_clear_pointer(&request->environment, g_strfreev);
        g_clear_pointer(&request->limits, g_free);
}

char *job_request_describe(const JobRequest *request, size_t max) {
        GString *text = g_string_new(NULL);

        for (char **word = request->argv; *word && text->len <= max; word++) {
                if (text->len > 0)
                        g_string_append_c(text, ' ');
                quote_word(text, *word, max);
        }
        quote_cut(text, max);
        return g_string_free(text, FALSE);
}

GVariant *job_request_properties(const JobRequest *request, bool with_limits) {
        GVariantBuilder builder;
        GVariant *all;

        g_variant_builder_init(&builder, G_VARIANT_TYPE(RAW_PROPERTIES_TYPE));
        for (size_t i = 0; with_limits && i < _JOB_OPTION_MAX; i++)
                if (job_options[i].is_limit && request->values[i])
                        g_variant_builder_add(&builder, "(sv)", job_options[i].property, request->values[i]);
        for (gsize i = 0; request->properties && i < g_variant_n_children(request->properties); i++) {
                g_autoptr(GVariant) one = g_variant_get_child_value(request->properties, i);

                g_variant_builder_add_value(&builder, one);
        }
        all = g_variant_ref_sink(g_variant_builder_end(&builder));
        if (g_variant_n_children(all) == 0)
                g_clear_pointer(&all, g_variant_unref);
        return all;
}

bool job_request_is_success(const JobRequest *request, int exit_code) {
        return exit_code == 0 ||
               job_values_lists(request->values, JOB_OPTION_SUCCESS_EXIT_STATUS, exit_code);
}

OutputLimit job_request_output_limit(const JobRequest *request) {
        return (OutputLimit){
                .bytes = job_values_number(request->values, JOB_OPTION_OUTPUT_LIMIT),
                .block = strcmp(job_values_word(request->values, JOB_OPTION_OUTPUT_FULL), "block") == 0,
        };
}

void job_request_limit_output(JobRequest *request, uint64_t bytes) {
        if (bytes < job_values_number(request->values, JOB_OPTION_OUTPUT_LIMIT))
                job_values_set(request->values, JOB_OPTION_OUTPUT_LIMIT, g_variant_new_uint64(bytes));
}
