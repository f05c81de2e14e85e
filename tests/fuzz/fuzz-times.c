/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "base/format.h"
#include "base/job-id.h"
#include "base/parse.h"
#include "ctl/text/timestamp.h"
#include "fuzz.h"
#include "wire/names.h"

/* A word from a command line, as everything that such a word can be. What is written can be read, and is the
 * same. */

#define NOW UINT64_C(1795000000123456)

static void as_time(const char *text) {
        g_autofree char *written = NULL;
        uint64_t usec, again;

        if (timestamp_parse(text, NOW, &usec) < 0)
                return;
        written = timestamp_format(usec);
        CHECK(timestamp_parse(written, NOW, &again) == 0 && again == usec - usec % 1000000);
}

static void as_span(const char *text) {
        g_autofree char *written = NULL;
        uint64_t usec, again;

        if (parse_timespan(text, &usec) < 0)
                return;
        written = format_timespan(usec);
        CHECK(parse_timespan(written, &again) == 0 && again == usec);
}

/* Cut to one digit, so never more. */
static void as_size(const char *text) {
        g_autofree char *written = NULL;
        uint64_t bytes, again;

        if (parse_size(text, &bytes) < 0)
                return;
        written = format_size(bytes);
        CHECK(parse_size(written, &again) == 0 && again <= bytes && again >= bytes - bytes / 8);
}

static void as_number(const char *text) {
        g_autofree char *written = NULL;
        uint64_t n;
        int32_t i;

        if (parse_u64(text, &n) == 0) {
                written = g_strdup_printf("%" G_GUINT64_FORMAT, n);
                CHECK(strcmp(text, written) == 0);
        } else if (parse_i32(text, &i) == 0)
                CHECK(i <= 0 && text[0] == '-');
}

/* What is read in a form is what is written in it. */
static void as_job_id(const char *text) {
        const JobIdForm forms[] = { JOB_ID_LABEL, JOB_ID_PATH, JOB_ID_UNIT, JOB_ID_FOLDER, JOB_ID_FD_NAME };

        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
                JobId id;

                if (job_id_parse(forms[i], text, &id) == 0)
                        CHECK(strcmp(text, job_id_text(forms[i], id).text) == 0 && id.number > 0);
        }
}

static void as_word(const char *text) {
        char uuid[JOBD_UUID_SIZE];
        bool yes;
        int signo;

        if (parse_uuid(text, uuid) == 0)
                CHECK(strlen(uuid) == JOBD_UUID_SIZE - 1 && g_ascii_strcasecmp(text, uuid) == 0);
        if (parse_signal(text, &signo) == 0)
                CHECK(signo > 0 && signo < 65);
        if (job_name_is_valid(text))
                CHECK(text[0] && strlen(text) <= JOBD_NAME_MAX);
        (void) parse_boolean(text, &yes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autofree char *text = g_strndup((const char *) data, size);

        (void) setenv("TZ", "UTC", true);
        tzset();
        as_time(text);
        as_span(text);
        as_size(text);
        as_number(text);
        as_word(text);
        as_job_id(text);
        return 0;
}
