/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/state.h"
#include "client/report.h"
#include "ctl/wait-answer.h"

static bool is_awaited(const WaitArguments *a, const char *word) {
        if (!a->states)
                return job_state_is_finished(job_state_from_string(word));
        return g_strv_contains((const char *const *) a->states, word);
}

/* Why it is not where it was waited for; the status that this makes. */
static int tell_of(const WaitArguments *a, JobId id, const char *word) {
        JobState state = job_state_from_string(word);

        if (strcmp(word, "removed") == 0)
                return fail(STATUS_FAILURE, "job %s was removed while it was waited for",
                            job_id_label(id).text);
        if (job_state_is_finished(state)) {
                g_autofree char *states = g_strjoinv(" or ", a->states);

                return fail(STATUS_FAILURE, "job %s is %s, and will not be %s any more",
                            job_id_label(id).text, word, states);
        }
        if (a->force || (state != JOB_BLOCKED && state != JOB_SUSPENDED && state != JOB_DISCONNECTED))
                return STATUS_OK;
        return fail(STATUS_FAILURE, "job %s is %s and cannot go on by itself; --force waits on",
                    job_id_label(id).text, word);
}

typedef struct Result {
        JobId id;
        const char *word;
} Result;

static void take_result(const WaitArguments *a, const Result *result, WaitAnswer *answer) {
        int status;

        if (is_awaited(a, result->word)) {
                (void) job_map_add(answer->reached, result->id);
                status = a->states || job_state_from_string(result->word) == JOB_COMPLETED ? STATUS_OK
                                                                                           : STATUS_FAILURE;
        } else if (strcmp(result->word, "timeout") == 0)
                status = STATUS_TIMED_OUT;
        else
                status = tell_of(a, result->id, result->word);
        answer->status = MAX(answer->status, status);
}

static int read_results(sd_bus_message *m, GArray *results) {
        const char *path;
        Result result;
        int r;

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "(os)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(os)", &path, &result.word)) > 0) {
                r = job_id_parse(JOB_ID_PATH, path, &result.id);
                if (r >= 0)
                        g_array_append_val(results, result);
        }
        return r;
}

int wait_answer_read(sd_bus_message *m, const WaitArguments *a, WaitAnswer *answer) {
        g_autoptr(GArray) results = g_array_new(FALSE, FALSE, sizeof(Result));
        int r = read_results(m, results);

        if (r < 0)
                return r;
        for (guint i = 0; a->any && i < results->len; i++) {
                const Result *result = &g_array_index(results, Result, i);

                /* the first to be there is the answer, whatever became of the others */
                if (is_awaited(a, result->word)) {
                        take_result(a, result, answer);
                        return 0;
                }
        }
        for (guint i = 0; i < results->len; i++)
                take_result(a, &g_array_index(results, Result, i), answer);
        return 0;
}
