/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ctl/select.h"
#include "fuzz.h"

/* JOB words, one a line, of a made-up list of jobs. Each job is found once. */

static const Job jobs[] = {
        { .id = { 1 }, .name = "make", .uuid = "", .owner = 1000 },
        { .id = { 2 }, .name = "make all", .uuid = "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11", .owner = 1000 },
        { .id = { 3 }, .name = "a*b", .uuid = "", .owner = 1000 },
        { .id = { 5 }, .name = "b\\c", .uuid = "", .owner = 1000 },
        { .id = { 7 }, .name = "12", .uuid = "", .owner = 1000 },
        { .id = { 9 }, .name = "make", .uuid = "", .owner = 1001 },
        { .id = { UINT32_MAX }, .name = "[", .uuid = "", .owner = 1000 },
};

/* What is said of words that mean nothing is not wanted: it stands in the way of what the fuzzer says. */
static int hush(void) {
        int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3),
            null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        CHECK(before >= 0 && null >= 0 && dup2(null, STDERR_FILENO) >= 0);
        (void) close(null);
        return before;
}

static void speak(int before) {
        CHECK(dup2(before, STDERR_FILENO) >= 0);
        (void) close(before);
}

static void check_found(const JobList *list, const GArray *found) {
        for (guint i = 0; i < found->len; i++) {
                JobId id = g_array_index(found, JobId, i);

                CHECK(job_list_find(list, id));
                for (guint k = 0; k < i; k++)
                        CHECK(!job_id_equal(g_array_index(found, JobId, k), id));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autofree char *text = g_strndup((const char *) data, size);
        g_auto(GStrv) words = g_strsplit(text, "\n", -1);
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(JobId));
        g_auto(JobList) list = { .jobs = g_array_new(FALSE, FALSE, sizeof(Job)) };
        static const Ctl ctl;
        int before, status;

        g_array_append_vals(list.jobs, jobs, G_N_ELEMENTS(jobs));
        before = hush();
        status = select_from(&ctl, &list, words, &(uint32_t){ 1000 }, false, found);
        speak(before);
        CHECK(status == STATUS_OK || status == STATUS_NOT_FOUND);
        check_found(&list, found);
        return 0;
}
