/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "bus/internal.h"

/* dbus-daemon throws a sender of more than 32 MiB off the bus. */
#define LIST_BYTES_MAX (16U * 1024U * 1024U)

/* ListJobs: a snapshot, filtered. With 10 000 jobs its cost is that of the properties that are asked for. */

typedef struct ListOptions {
        const JobProperty *properties[64];
        size_t n_properties;
        bool some_properties; /* not all */
        bool command, directory;
        bool children;       /* those of any parent, too */
        const Job *parent;   /* NULL: not its children alone */
        unsigned states;     /* a bit each; 0: any */
        const uint32_t *ids; /* of the message; NULL: all */
        size_t n_ids;
        uint32_t owner, newest, limit, from;
        uint64_t before, after;
        int has_more_data; /* −1: any */
} ListOptions;

static int add_property(ListOptions *o, const Option *option, const char *name, sd_bus_error *error) {
        const JobProperty *property = job_property_find(name);

        if (strcmp(name, "Command") == 0) {
                o->command = true;
                return 0;
        }
        if (strcmp(name, "WorkingDirectory") == 0) {
                o->directory = true;
                return 0;
        }
        if (!property)
                return option_invalid(error, option, "unknown property '%.64s'", name);
        if (o->n_properties == G_N_ELEMENTS(o->properties))
                return option_invalid(error, option, "more than %zu names", G_N_ELEMENTS(o->properties));
        o->properties[o->n_properties++] = property;
        return 0;
}

static int read_properties(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        ListOptions *o = field;
        const char *name;
        int r = sd_bus_message_enter_container(m, 'a', "s");

        o->some_properties = true;
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0)
                r = add_property(o, option, name, error);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_ids(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        static const uint32_t none = 0;
        ListOptions *o = field;
        const void *ids;
        size_t size;
        int r = sd_bus_message_read_array(m, 'u', &ids, &size);

        if (r < 0)
                return r;
        o->ids = ids ?: &none;
        o->n_ids = size / sizeof(*o->ids);
        return r;
}

static int read_has_more_data(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        ListOptions *o = field;

        return sd_bus_message_read(m, "b", &o->has_more_data);
}

static const Option options[] = {
        { "Properties", "as", read_properties, 0 },
        { "States", "as", option_states, offsetof(ListOptions, states) },
        { "Owner", "u", option_basic, offsetof(ListOptions, owner) },
        { "Newest", "u", option_basic, offsetof(ListOptions, newest) },
        { "Before", "t", option_basic, offsetof(ListOptions, before) },
        { "After", "t", option_basic, offsetof(ListOptions, after) },
        { "HasMoreData", "b", read_has_more_data, 0 },
        { "Limit", "u", option_basic, offsetof(ListOptions, limit) },
        { "From", "u", option_basic, offsetof(ListOptions, from) },
        /* N_OF_ALL */
        { "Children", "b", option_bool, offsetof(ListOptions, children) },
        { "Ids", "au", read_ids, 0 },
};

#define N_OF_ALL 2U /* at the end: ListJobs alone has them */

static bool passes(const ListOptions *o, const Job *job) {
        if (o->parent ? job->parent != o->parent : job->parent && !o->children)
                return false;
        if (o->states && !(o->states & (1U << job->state)))
                return false;
        if (o->owner != UINT32_MAX && job->owner != o->owner)
                return false;
        if (o->has_more_data >= 0 && job_has_more_data(job) != o->has_more_data)
                return false;
        /* an unfinished job has no end that could be before or after anything */
        if (o->before != UINT64_MAX && (job->ended == 0 || job->ended >= o->before))
                return false;
        return o->after == 0 || job->ended > o->after;
}

static gint compare_newest(gconstpointer a, gconstpointer b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        return job_newness_compare(x->id, x->ended, y->id, y->ended);
}

static gint compare_ids(gconstpointer a, gconstpointer b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        return job_id_compare(x->id, y->id);
}

/* What From counts. */
static uint32_t number_of(const ListOptions *o, const Job *job) {
        return o->parent ? job->id.child : job->id.number;
}

/* Those that exist, each once, by their ids. */
static void add_named(const JobTable *table, const ListOptions *o, GPtrArray *jobs) {
        guint n = 0;

        for (size_t i = 0; i < o->n_ids; i++) {
                Job *job = job_table_find(table, job_id(o->ids[i]));

                if (job && passes(o, job))
                        g_ptr_array_add(jobs, job);
        }
        g_ptr_array_sort(jobs, compare_ids);
        for (guint i = 0; i < jobs->len; i++)
                if (n == 0 || jobs->pdata[n - 1] != jobs->pdata[i])
                        jobs->pdata[n++] = jobs->pdata[i];
        g_ptr_array_set_size(jobs, (gint) n);
}

static GPtrArray *select_jobs(BusServer *server, const ListOptions *o) {
        const JobTable *table = server->jobs->table;
        GPtrArray *jobs = g_ptr_array_new();
        guint n;

        if (o->ids)
                add_named(table, o, jobs);
        else
                for (guint i = 0; i < table->jobs->len; i++)
                        if (passes(o, job_table_at(table, i)))
                                g_ptr_array_add(jobs, job_table_at(table, i));
        if (o->newest < jobs->len) {
                g_ptr_array_sort(jobs, compare_newest);
                g_ptr_array_set_size(jobs, (gint) o->newest);
                g_ptr_array_sort(jobs, compare_ids);
        }
        for (n = 0; n < jobs->len && number_of(o, g_ptr_array_index(jobs, n)) < o->from; n++)
                ;
        if (n > 0)
                g_ptr_array_remove_range(jobs, 0, n);
        if (o->limit < jobs->len)
                g_ptr_array_set_size(jobs, (gint) o->limit);
        return jobs;
}

static int append_private(sd_bus_message *reply, const ListOptions *o, const Job *job) {
        g_autofree char *directory = NULL;
        int r = 0;

        if (o->command)
                r = sd_bus_message_append(reply, "{sv}", "Command", "s", job->command);
        if (r >= 0 && o->directory) {
                directory = g_utf8_make_valid(job->directory, -1);
                r = sd_bus_message_append(reply, "{sv}", "WorkingDirectory", "s", directory);
        }
        return r;
}

/* No less than what a job takes up in the answer. */
static size_t job_size(const ListOptions *o, const Job *job) {
        const char *const texts[] = { job->name, job->reason, job->status_message, job->command };
        size_t size = 128 + o->n_properties * 64;

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                size += texts[i] ? strlen(texts[i]) : 0;
        return size + 3 * strlen(job->directory); /* bytes that are no UTF-8 become three */
}

static int append_job(BusServer *server, sd_bus_message *reply, const ListOptions *o, const Job *job,
                      const Caller *caller) {
        int r;

        r = sd_bus_message_open_container(reply, 'r', "oa{sv}");
        if (r >= 0)
                r = sd_bus_message_append_basic(reply, 'o', job_id_path(job->id).text);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < o->n_properties; i++)
                r = bus_append_job_entry(server, reply, o->properties[i], job);
        if (r >= 0 && caller_is_owner(caller, job->owner))
                r = append_private(reply, o, job);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r;
}

/* `n_options`: of the table, from its begin. */
static int list(BusServer *server, sd_bus_message *call, const Job *parent, size_t n_options,
                sd_bus_error *error) {
        ListOptions o = { .owner = UINT32_MAX,
                          .newest = UINT32_MAX,
                          .limit = UINT32_MAX,
                          .before = UINT64_MAX,
                          .has_more_data = -1,
                          .parent = parent };
        g_autoptr(sd_bus_message) reply = NULL;
        g_autoptr(GPtrArray) jobs = NULL;
        const Caller *caller;
        size_t size = 0;
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = options_read(call, options, n_options, &o, error);
        if (r < 0)
                return r;
        if (!o.some_properties) {
                for (size_t i = 0; i < n_job_properties; i++)
                        o.properties[o.n_properties++] = &job_properties[i];
                o.command = o.directory = true;
        }

        jobs = select_jobs(server, &o);
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(oa{sv})");
        for (guint i = 0; r >= 0 && i < jobs->len && size < LIST_BYTES_MAX; i++) {
                size += job_size(&o, g_ptr_array_index(jobs, i));
                r = append_job(server, reply, &o, g_ptr_array_index(jobs, i), caller);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : bus_send_large(server, call, reply, size);
}

int bus_method_list_jobs(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return list(userdata, call, NULL, G_N_ELEMENTS(options), error);
}

int bus_method_list_children(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return list(bus_server_of(call), call, userdata, G_N_ELEMENTS(options) - N_OF_ALL, error);
}
