/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/format.h"
#include "base/parse.h"
#include "model/values.h"

void job_values_clear(JobValues values) {
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                g_clear_pointer(&values[i], g_variant_unref);
}

void job_values_set(JobValues values, JobOptionId id, GVariant *value) {
        g_autoptr(GVariant) owned = value ? g_variant_ref_sink(value) : NULL;
        bool is_empty = owned && job_options[id].type[0] == 'a' && g_variant_n_children(owned) == 0;

        g_clear_pointer(&values[id], g_variant_unref);
        if (!is_empty)
                values[id] = g_steal_pointer(&owned);
}

uint64_t job_values_number(GVariant *const *values, JobOptionId id) {
        if (!values[id])
                return job_options[id].standard;
        return job_options[id].type[0] == 'u' ? g_variant_get_uint32(values[id])
                                              : g_variant_get_uint64(values[id]);
}

int32_t job_values_integer(GVariant *const *values, JobOptionId id) {
        return values[id] ? g_variant_get_int32(values[id]) : (int32_t) job_options[id].standard;
}

bool job_values_flag(GVariant *const *values, JobOptionId id) {
        return values[id] && g_variant_get_boolean(values[id]);
}

const char *job_values_word(GVariant *const *values, JobOptionId id) {
        return values[id] ? g_variant_get_string(values[id], NULL) : job_options[id].words[0];
}

int job_values_signal(GVariant *const *values, JobOptionId id) {
        int signo;

        return parse_signal(job_values_word(values, id), &signo) < 0 ? SIGTERM : signo;
}

GVariant *job_values_dup(GVariant *const *values, JobOptionId id) {
        const JobOption *option = &job_options[id];

        if (values[id])
                return g_variant_ref(values[id]);
        switch (option->type[0]) {
        case 'u':
                return g_variant_ref_sink(g_variant_new_uint32((uint32_t) option->standard));
        case 't':
                return g_variant_ref_sink(g_variant_new_uint64(option->standard));
        case 'i':
                return g_variant_ref_sink(g_variant_new_int32((int32_t) option->standard));
        case 'b':
                return g_variant_ref_sink(g_variant_new_boolean(FALSE));
        case 's':
                return g_variant_ref_sink(g_variant_new_string(option->words[0]));
        default:
                return g_variant_ref_sink(g_variant_new_array(G_VARIANT_TYPE_INT32, NULL, 0));
        }
}

bool job_values_lists(GVariant *const *values, JobOptionId id, int32_t number) {
        gsize n = 0;
        const int32_t *numbers = values[id] ? g_variant_get_fixed_array(values[id], &n, sizeof(*numbers))
                                            : NULL;

        for (gsize i = 0; i < n; i++)
                if (numbers[i] == number)
                        return true;
        return false;
}

/* A number as people read it. */
static char *describe(const JobOption *option, int64_t n) {
        return g_str_has_suffix(option->name, "USec") ? format_timespan((uint64_t) n)
                                                      : g_strdup_printf("%" PRIi64, n);
}

static char *complain_to_user(const JobOption *option, int64_t n) {
        bool below = n<option->user_min, above = option->user_max> 0 && n > (int64_t) option->user_max;
        g_autofree char *given = describe(option, n),
                        *bound = describe(option, below ? option->user_min : (int64_t) option->user_max);

        if (!below && !above)
                return NULL;
        return g_strdup_printf("%s %s: only root may go %s %s", option->name, given,
                               below ? "below" : "above", bound);
}

char *job_values_complain_to_user(GVariant *const *values) {
        char *complaint = NULL;

        for (JobOptionId id = 0; !complaint && id < _JOB_OPTION_MAX; id++) {
                const JobOption *option = &job_options[id];
                int64_t n;

                if (!values[id] || !option->has_user_bounds)
                        continue;
                n = option->type[0] == 'i'
                                    ? job_values_integer(values, id)
                                    : (int64_t) MIN(job_values_number(values, id), (uint64_t) INT64_MAX);
                complaint = complain_to_user(option, n);
        }
        return complaint;
}

static bool changes_nothing(const JobOption *option, GVariant *value) {
        if (option->type[0] == 'b')
                return !g_variant_get_boolean(value);
        return strcmp(g_variant_get_string(value, NULL), option->words[0]) == 0;
}

const char *job_values_find_box(GVariant *const *values) {
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                if (job_options[i].is_box && values[i] && !changes_nothing(&job_options[i], values[i]))
                        return job_options[i].name;
        return NULL;
}
