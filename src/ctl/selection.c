/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/selection.h"
#include "base/job-id.h"
#include "client/bus.h"
#include "ctl/owner.h"
#include "ctl/select.h"
#include "ctl/usage.h"

void selection_done(Selection *s) {
        g_clear_pointer(&s->jobs, g_ptr_array_unref);
        job_list_done(&s->list);
}

/* Whose jobs are meant by what is no id. */
typedef struct Whose {
        bool everybody;
        uint32_t uid;
} Whose;

static int find_whose(Ctl *c, const Filters *f, Whose *ret) {
        int status;

        if (f->owner && f->all_users)
                return fail_usage(c, "--owner= and --all-users cannot be used together");
        if (f->owner && !owner_find(c, f->owner, &ret->uid))
                return c->client.host ? fail_usage(c,
                                                   "--owner=: on another machine a user is a number, not "
                                                   "'%s'",
                                                   f->owner)
                                      : fail_usage(c, "--owner=: there is no user '%s'", f->owner);
        status = bus_connect(&c->client);
        if (status == STATUS_OK && !f->owner)
                status = bus_own_uid(&c->client, &ret->uid);
        ret->everybody = f->all_users || (!f->owner && ret->uid == 0);
        return status;
}

static bool names_child(char **words) {
        for (; *words; words++) {
                Selector selector = selector_parse(*words);

                if (selector.kind == SELECTOR_ID && selector.id.child > 0)
                        return true;
        }
        return false;
}

/* What the words mean among all jobs, whatever the filters let through: that a job exists is no miss. */
static int find_named(Ctl *c, const Whose *whose, bool children, char **words, GArray *found) {
        static const char *const properties[] = { "Name", "InstanceId", "Owner", NULL };
        g_auto(JobList) all = { 0 };
        int status;

        status = job_list_fetch(
                        &c->client,
                        &(JobQuery){ .properties = properties, .children = children || names_child(words) },
                        &all);
        if (status != STATUS_OK)
                return status;
        return select_from(c, &all, words, whose->everybody ? NULL : &whose->uid, children, found);
}

static void take_named(Selection *s, const GArray *named) {
        for (guint i = 0; i < named->len; i++) {
                const Job *job = job_list_find(&s->list, g_array_index(named, JobId, i));

                if (job)
                        g_ptr_array_add(s->jobs, (void *) job);
        }
}

int selection_fetch(Ctl *c, const Filters *f, char **words, const char *const *properties, Selection *ret) {
        g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(JobId));
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        JobQuery query;
        Whose whose;
        int status, r;

        for (const char *const *name = properties; *name; name++)
                g_ptr_array_add(names, (void *) *name);
        query = filters_query(f, names);
        g_ptr_array_add(names, NULL);
        query.children = f->children || names_child(words);
        query.properties = (const char *const *) names->pdata;
        status = find_whose(c, f, &whose);
        if (status == STATUS_OK && words[0])
                status = find_named(c, &whose, f->children, words, named);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND)
                return status;

        /* an id may name a job of another; but not with --owner= */
        query.owner = words[0] ? f->owner ? &whose.uid : NULL : whose.everybody ? NULL : &whose.uid;
        if (!words[0] && filters_are_jobds(f))
                query.newest = f->newest;
        r = job_list_fetch(&c->client, &query, &ret->list);
        if (r != STATUS_OK)
                return r;
        ret->jobs = g_ptr_array_sized_new(ret->list.jobs->len);
        if (words[0])
                take_named(ret, named);
        else
                for (guint i = 0; i < ret->list.jobs->len; i++)
                        g_ptr_array_add(ret->jobs, job_list_at(&ret->list, i));
        filters_apply(f, ret->jobs);
        return status;
}

/* Without filters, and if all words are ids, nothing has to be asked. */
static int named_ids(Ctl *c, char **words, GArray *found) {
        bool needs_list = false;
        Whose whose;
        int status;

        for (char **word = words; *word; word++) {
                SelectorKind kind = selector_parse(*word).kind;

                needs_list |= kind == SELECTOR_UUID || kind == SELECTOR_NAME;
        }
        status = needs_list ? find_whose(c, &(Filters){ 0 }, &whose) : bus_connect(&c->client);
        if (status != STATUS_OK)
                return status;
        return needs_list ? find_named(c, &whose, false, words, found)
                          : select_from(c, NULL, words, NULL, false, found);
}

int selection_ids(Ctl *c, const Filters *f, char **words, GArray *found) {
        static const char *const none[] = { NULL };
        g_auto(Selection) selection = { 0 };
        int status;

        if (!filters_any(f))
                return named_ids(c, words, found);
        status = selection_fetch(c, f, words, none, &selection);
        for (guint i = 0; selection.jobs && i < selection.jobs->len; i++)
                g_array_append_val(found, ((const Job *) selection.jobs->pdata[i])->id);
        return status;
}
