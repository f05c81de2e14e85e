/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fnmatch.h>
#include <string.h>

#include "base/job-id.h"
#include "ctl/filters.h"

void filters_done(Filters *f) {
        g_clear_pointer(&f->states, g_strfreev);
}

bool filters_any(const Filters *f) {
        return f->states || f->has_more_data != 0 || f->before_usec > 0 || f->after_usec > 0 || f->command ||
               f->name || f->owner || f->all_users || f->children || f->is_newest_given;
}

bool filters_are_jobds(const Filters *f) {
        /* it takes 0 for all */
        return !f->command && !f->name && !(f->is_newest_given && f->newest == 0);
}

static void add_property(GPtrArray *properties, const char *name) {
        for (guint i = 0; i < properties->len; i++)
                if (strcmp(properties->pdata[i], name) == 0)
                        return;
        g_ptr_array_add(properties, (void *) name);
}

JobQuery filters_query(const Filters *f, GPtrArray *properties) {
        if (f->command)
                add_property(properties, "Command");
        if (f->name)
                add_property(properties, "Name");
        if (f->is_newest_given)
                add_property(properties, "EndTimestamp");
        return (JobQuery){
                .states = f->states,
                .has_more_data = f->has_more_data,
                .before_usec = f->before_usec,
                .after_usec = f->after_usec,
        };
}

static bool matches(const char *pattern, const char *text) {
        return !pattern || (text && fnmatch(pattern, text, 0) == 0);
}

static int compare_newness(const void *a, const void *b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        return job_newness_compare(x->id, x->end_usec, y->id, y->end_usec);
}

static JobMap *newest_of(const GPtrArray *jobs, uint32_t n) {
        g_autoptr(GPtrArray) sorted = g_ptr_array_copy((GPtrArray *) jobs, NULL, NULL);
        JobMap *newest = job_map_new(NULL);

        qsort(sorted->pdata, sorted->len, sizeof(void *), compare_newness);
        for (guint i = 0; i < sorted->len && i < n; i++)
                (void) job_map_add(newest, ((const Job *) sorted->pdata[i])->id);
        return newest;
}

void filters_apply(const Filters *f, GPtrArray *jobs) {
        g_autoptr(JobMap) newest = NULL;
        guint n = 0;

        for (guint i = 0; i < jobs->len; i++) {
                const Job *job = jobs->pdata[i];

                if (matches(f->command, job->command) && matches(f->name, job->name))
                        jobs->pdata[n++] = jobs->pdata[i];
        }
        g_ptr_array_set_size(jobs, (gint) n);
        if (!f->is_newest_given || f->newest >= n)
                return;
        newest = newest_of(jobs, f->newest);
        n = 0;
        for (guint i = 0; i < jobs->len; i++)
                if (job_map_has(newest, ((const Job *) jobs->pdata[i])->id))
                        jobs->pdata[n++] = jobs->pdata[i];
        g_ptr_array_set_size(jobs, (gint) n);
}
