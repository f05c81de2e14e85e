/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/limits.h"

#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/user.h"

static int check_jobs(const Jobs *jobs, uid_t owner, uint32_t more, sd_bus_error *error) {
        g_autofree char *name = NULL;
        guint n = jobs->table->jobs->len;

        if (n + (uint64_t) more > jobs->limits.jobs_max)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "There are %u jobs already (JobsMax=): remove some first", n);
        n = tally_get(jobs->table->n_by_owner, owner);
        if (owner == 0 || n + (uint64_t) more <= jobs->limits.user_jobs_max)
                return 0;
        name = user_dup_name(owner);
        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                          "%s has %u jobs already (UserJobsMax=): remove some first", name, n);
}

static uint64_t size_of_words(char **words) {
        uint64_t size = 0;

        for (char **word = words; *word; word++)
                size += command_word_size(strlen(*word));
        return size;
}

static uint64_t size_of_command(const JobRequest *request) {
        return size_of_words(request->argv) + size_of_words(request->environment);
}

static int check_command(const Jobs *jobs, const JobRequest *request, sd_bus_error *error) {
        uint64_t size = size_of_command(request);
        g_autofree char *max = NULL;

        if (size <= jobs->limits.command_max)
                return 0;
        max = format_size(jobs->limits.command_max);
        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                          "Command and environment have %" G_GUINT64_FORMAT
                          " bytes together, more than %s (CommandMax=)",
                          size, max);
}

static int check_output(const Jobs *jobs, uid_t owner, sd_bus_error *error) {
        OutputAccount *account = accounts_of(jobs->accounts, owner);
        g_autofree char *name = NULL, *size = NULL;

        if (account && account->held.length > 0)
                collector_freed(jobs->collector, account);
        if (!account_is_over(account))
                return 0;
        name = user_dup_name(owner);
        size = format_size(account->sum.bytes);
        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                          "%s's jobs take %s of the disk (UserOutputLimit=): receive or remove some first",
                          name, size);
}

int limits_check(Jobs *jobs, uid_t owner, const JobRequest *request, uint32_t n, sd_bus_error *error) {
        int r = check_jobs(jobs, owner, n, error);

        if (r >= 0)
                r = check_output(jobs, owner, error);
        return r < 0 ? r : check_command(jobs, request, error);
}

void limits_count(Jobs *jobs, Job *job) {
        if (job_has_words(job))
                job_set_record_size(job, size_of_command(job->request));
        account_open(accounts_of(jobs->accounts, job->owner), &job->output, job->record_size);
}
