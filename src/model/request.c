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
                .umask = 0022,
                .standard_input = -1,
                .runtime_max_usec = REQUEST_USEC_INFINITY,
                .stop_timeout_usec = REQUEST_STOP_TIMEOUT,
                .output_limit.bytes = UINT64_MAX,
        };
        return request;
}

void job_request_free(JobRequest *request) {
        g_free(request->name);
        g_strfreev(request->argv);
        g_strfreev(request->environment);
        g_free(request->directory);
        fd_clear(&request->standard_input);
        g_clear_pointer(&request->success_exits, g_array_unref);
        for (size_t i = 0; i < _UNIT_SETTING_MAX; i++)
                g_clear_pointer(&request->settings[i], g_variant_unref);
        g_clear_pointer(&request->properties, g_variant_unref);
        g_free(request->limits);
        g_free(request);
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

GVariant *job_request_properties(const JobRequest *request, bool with_settings) {
        GVariantBuilder builder;
        GVariant *all;

        g_variant_builder_init(&builder, G_VARIANT_TYPE(RAW_PROPERTIES_TYPE));
        for (size_t i = 0; with_settings && i < _UNIT_SETTING_MAX; i++)
                if (request->settings[i])
                        g_variant_builder_add(&builder, "(sv)", unit_settings[i].name, request->settings[i]);
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
        if (exit_code == 0)
                return true;
        for (guint i = 0; request->success_exits && i < request->success_exits->len; i++)
                if (g_array_index(request->success_exits, int32_t, i) == exit_code)
                        return true;
        return false;
}

const char *output_full_to_string(const OutputLimit *limit) {
        return limit->block ? "block" : "drop";
}

int output_full_from_string(const char *word, OutputLimit *limit) {
        if (strcmp(word, "block") != 0 && strcmp(word, "drop") != 0)
                return -EINVAL;
        limit->block = word[0] == 'b';
        return 0;
}
