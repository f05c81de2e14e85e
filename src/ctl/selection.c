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

static bool any_is(char **words, SelectorKind kind) {
        for (; *words; words++)
                if (selector_parse(*words).kind == kind)
                        return true;
        return false;
}

static bool names_child(char **words) {
        for (; *words; words++) {
                Selector selector = selector_parse(*words);

                if (selector.kind == SELECTOR_ID && selector.id.child > 0)
                        return true;
        }
        return false;
}

static GArray *ids_of(char **words) {
        GArray *ids = g_array_new(FALSE, FALSE, sizeof(JobId));

        for (; *words; words++) {
                Selector selector = selector_parse(*words);

                if (selector.kind == SELECTOR_ID)
                        g_array_append_val(ids, selector.id);
        }
        return ids;
}

/* What the words mean among all jobs, whatever the filters let through: that a job exists is no miss. */
static int find_named(Ctl *c, const Whose *whose, bool children, char **words, GArray *found) {
        bool by_name = any_is(words, SELECTOR_NAME), by_uuid = any_is(words, SELECTOR_UUID);
        const char *properties[4] = { NULL };
        g_autoptr(GArray) ids = ids_of(words);
        g_auto(JobList) list = { 0 };
        JobQuery query = { .properties = properties, .children = children || names_child(words) };
        size_t n = 0;
        int status;

        if (by_uuid)
                properties[n++] = "InstanceId";
        if (by_name) {
                properties[n++] = "Name";
                properties[n++] = "Owner";
        }
        if (!by_name && !by_uuid)
                query.ids = ids;
        status = job_list_fetch(&c->client, &query, &list);
        if (status != STATUS_OK)
                return status;
        return select_from(c, &list, words, whose->everybody ? NULL : &whose->uid, children, found);
}

static void take_named(Selection *s, const GArray *named) {
        for (guint i = 0; i < named->len; i++) {
                const Job *job = job_list_find(&s->list, g_array_index(named, JobId, i));

                if (job)
                        g_ptr_array_add(s->jobs, (void *) job);
        }
}

static void take_all(Selection *s) {
        for (guint i = 0; i < s->list.jobs->len; i++)
                g_ptr_array_add(s->jobs, job_list_at(&s->list, i));
}

/* What jobd lists of those (NULL: of all), less what the filters take out. */
static int fetch(Ctl *c, const Filters *f, const uint32_t *owner, const GArray *named,
                 const char *const *properties, Selection *ret) {
        g_autoptr(GPtrArray) names = g_ptr_array_new(), jobs = g_ptr_array_new();
        JobQuery query;
        int status = STATUS_OK;

        for (; *properties; properties++)
                g_ptr_array_add(names, (void *) *properties);
        query = filters_query(f, names);
        g_ptr_array_add(names, NULL);
        query.children = f->children;
        query.properties = (const char *const *) names->pdata;
        query.owner = owner;
        query.ids = named;
        query.newest = !named && filters_are_jobds(f) ? f->newest : 0;
        if (!named || named->len > 0)
                status = job_list_fetch(&c->client, &query, &ret->list);
        if (status != STATUS_OK)
                return status;
        ret->jobs = g_steal_pointer(&jobs);
        if (named)
                take_named(ret, named);
        else
                take_all(ret);
        filters_apply(f, ret->jobs);
        return STATUS_OK;
}

static void add_ids(const Selection *s, GArray *ids) {
        for (guint i = 0; s->jobs && i < s->jobs->len; i++)
                g_array_append_val(ids, ((const Job *) s->jobs->pdata[i])->id);
}

static const char *const no_properties[] = { NULL };

int selection_fetch(Ctl *c, const Filters *f, char **words, const char *const *properties, Selection *ret) {
        g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(JobId));
        static const Filters none = { 0 };
        g_auto(Selection) light = { 0 };
        const uint32_t *owner;
        Whose whose;
        int status, r;

        status = find_whose(c, f, &whose);
        if (status == STATUS_OK && words[0])
                status = find_named(c, &whose, f->children, words, named);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND)
                return status;

        /* an id may name a job of another; but not with --owner= */
        owner = whose.everybody || (words[0] && !f->owner) ? NULL : &whose.uid;
        if (words[0] || filters_are_jobds(f) || !properties[0]) {
                r = fetch(c, f, owner, words[0] ? named : NULL, properties, ret);
                return r != STATUS_OK ? r : status;
        }
        /* all that there is to know is fetched of those alone that are left */
        r = fetch(c, f, owner, NULL, no_properties, &light);
        add_ids(&light, named);
        return r != STATUS_OK ? r : fetch(c, &none, NULL, named, properties, ret);
}

/* Without filters, and if all words are ids, nothing has to be asked. */
static int named_ids(Ctl *c, char **words, GArray *found) {
        bool needs_list = any_is(words, SELECTOR_NAME) || any_is(words, SELECTOR_UUID);
        Whose whose;
        int status;

        status = needs_list ? find_whose(c, &(Filters){ 0 }, &whose) : bus_connect(&c->client);
        if (status != STATUS_OK)
                return status;
        return needs_list ? find_named(c, &whose, false, words, found)
                          : select_from(c, NULL, words, NULL, false, found);
}

int selection_ids(Ctl *c, const Filters *f, char **words, GArray *found) {
        g_auto(Selection) selection = { 0 };
        int status;

        if (!filters_any(f))
                return named_ids(c, words, found);
        status = selection_fetch(c, f, words, no_properties, &selection);
        add_ids(&selection, found);
        return status;
}
