/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fnmatch.h>
#include <string.h>

#include "base/parse.h"
#include "client/report.h"
#include "ctl/owner.h"
#include "ctl/select.h"
#include "wire/names.h"

G_STATIC_ASSERT(sizeof(((Selector *) NULL)->uuid) == JOBD_UUID_SIZE);

static bool is_digits(const char *text) {
        return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* "7", or "7.2": both sides are numbers. */
static bool is_label(const char *word) {
        size_t n = strspn(word, "0123456789");

        return n > 0 && (word[n] == '\0' || (word[n] == '.' && is_digits(word + n + 1)));
}

Selector selector_parse(const char *word) {
        Selector s = { .kind = SELECTOR_NAME };

        if (is_label(word) || (word[0] == '-' && is_digits(word + 1)))
                s.kind = job_id_parse(JOB_ID_LABEL, word, &s.id) < 0 ? SELECTOR_INVALID : SELECTOR_ID;
        else if (parse_uuid(word, s.uuid) >= 0)
                s.kind = SELECTOR_UUID;
        return s;
}

bool selector_is_pattern(const char *word) {
        for (const char *p = word; *p; p++) {
                if (*p == '\\' && p[1])
                        p++;
                else if (strchr("*?[", *p))
                        return true;
        }
        return false;
}

static int compare_id(const void *key, const void *element) {
        return job_id_compare(*(const JobId *) key, ((const Job *) element)->id);
}

const Job *job_list_find(const JobList *list, JobId id) {
        if (list->jobs->len == 0)
                return NULL;
        return bsearch(&id, list->jobs->data, list->jobs->len, sizeof(Job), compare_id);
}

typedef struct Search {
        const Ctl *c;
        const JobList *list;
        const uint32_t *owner;
        bool children;
        JobMap *seen;
        GArray *found;
} Search;

static void take_alone(Search *s, JobId id) {
        if (job_map_add(s->seen, id))
                g_array_append_val(s->found, id);
}

/* With its children, if they are wanted. */
static void take(Search *s, JobId id) {
        const Job *job = s->children && id.child == 0 ? job_list_find(s->list, id) : NULL;
        const Job *end = job ? job_list_at(s->list, s->list->jobs->len) : NULL;

        take_alone(s, id);
        for (; job < end && job->id.number == id.number; job++)
                take_alone(s, job->id);
}

static bool take_names(Search *s, const char *word, bool pattern) {
        bool any = false;

        for (size_t i = 0; i < s->list->jobs->len; i++) {
                const Job *job = job_list_at(s->list, i);

                if ((s->owner && job->owner != *s->owner) || (job->id.child > 0 && !s->children))
                        continue;
                if (pattern ? fnmatch(word, job->name, 0) != 0 : strcmp(word, job->name) != 0)
                        continue;
                take(s, job->id);
                any = true;
        }
        return any;
}

/* Nobody means another's job by its name, but who reads the list of all sees it there. */
static int fail_name(const Search *s, const char *word) {
        const Job *first = NULL;
        unsigned n = 0;

        for (size_t i = 0; i < s->list->jobs->len; i++)
                if (job_list_at(s->list, i)->id.child == 0 &&
                    strcmp(word, job_list_at(s->list, i)->name) == 0) {
                        first = first ?: job_list_at(s->list, i);
                        n++;
                }
        if (first) {
                /* by name everybody's are found if none is asked for */
                g_autofree char *meant = owner_name(s->c, *s->owner),
                                *owner = owner_name(s->c, first->owner);
                g_autofree char *more = n > 1 ? g_strdup_printf(", and %u more are called that", n - 1)
                                              : g_strdup("");

                return fail(STATUS_NOT_FOUND,
                            "there is no job named '%s' among those of %s; job %s of %s is called that%s: "
                            "name "
                            "it by its id, %s",
                            word, meant, job_id_label(first->id).text, owner, more,
                            job_id_label(first->id).text);
        }
        return fail(STATUS_NOT_FOUND, "there is no job named '%s'", word);
}

static bool take_uuid(Search *s, const char *uuid) {
        for (size_t i = 0; i < s->list->jobs->len; i++)
                if (strcmp(job_list_at(s->list, i)->uuid, uuid) == 0) {
                        take(s, job_list_at(s->list, i)->id);
                        return true;
                }
        return false;
}

static int take_word(Search *s, const char *word) {
        Selector selector = selector_parse(word);

        switch (selector.kind) {
        case SELECTOR_INVALID:
                return fail(STATUS_NOT_FOUND,
                            "'%s' is not a job: ids are numbers from 1 to 4294967295, and 7.2 is the second "
                            "child of 7",
                            word);
        case SELECTOR_ID:
                if (s->list && !job_list_find(s->list, selector.id))
                        break;
                take(s, selector.id);
                return STATUS_OK;
        case SELECTOR_UUID:
                if (take_uuid(s, selector.uuid))
                        return STATUS_OK;
                break;
        case SELECTOR_NAME:
                /* with a backslash a name can be told from a pattern, so that it need not be one to be
                 * tried */
                if (take_names(s, word, false) || take_names(s, word, true) || selector_is_pattern(word))
                        return STATUS_OK;
                return fail_name(s, word);
        }
        return fail(STATUS_NOT_FOUND, "there is no job %s", word);
}

int select_from(const Ctl *c, const JobList *list, char **words, const uint32_t *owner, bool children,
                GArray *found) {
        g_autoptr(JobMap) seen = job_map_new(NULL);
        Search s = {
                .c = c, .list = list, .owner = owner, .children = children, .seen = seen, .found = found
        };
        int status = STATUS_OK;

        for (; *words; words++) {
                int r = take_word(&s, *words);

                status = MAX(status, r);
        }
        return status;
}
