/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/sanitize.h"
#include "client/details.h"
#include "client/report.h"
#include "ctl/options.h"
#include "ctl/select.h"
#include "ctl/terminal.h"
#include "ctl/text/details.h"

enum {
        OPTION_VALUE = OPTION_BASE,
};

static const Option option_rows[] = {
        { 'p', "property", "NAME,…", "only these" },
        { OPTION_VALUE, "value", NULL, "only the values" },
};

typedef struct ShowArguments {
        GPtrArray *names; /* NULL: all */
        bool only_values;
        GString *out;
        GString *value;
        Json json;
} ShowArguments;

static bool is_wanted(const ShowArguments *a, const char *name) {
        if (!a->names)
                return true;
        for (size_t i = 0; i < a->names->len; i++)
                if (strcmp(a->names->pdata[i], name) == 0)
                        return true;
        return false;
}

static int visit_text(const char *name, sd_bus_message *m, void *userdata) {
        ShowArguments *a = userdata;
        g_autofree char *safe = NULL;
        int r;

        if (!is_wanted(a, name))
                return sd_bus_message_skip(m, "v");
        r = details_value_text(name, m, a->value);
        if (r < 0)
                return r;
        safe = strcmp(name, "Command") == 0 ? sanitize_command(a->value->str)
                                            : sanitize_n(a->value->str, a->value->len);
        if (a->only_values)
                g_string_append_printf(a->out, "%s\n", safe);
        else
                g_string_append_printf(a->out, "%s=%s\n", name, safe);
        return r;
}

static int visit_json(const char *name, sd_bus_message *m, void *userdata) {
        ShowArguments *a = userdata;

        return is_wanted(a, name) ? details_value_json(name, m, &a->json) : sd_bus_message_skip(m, "v");
}

static int show(Ctl *c, ShowArguments *a, JobId id, bool first) {
        g_auto(Details) details = { 0 };
        int r;

        r = details_fetch(&c->client, id, &details);
        if (r != STATUS_OK)
                return r;
        if (c->json != JSON_OFF) {
                json_open(&a->json, NULL, '{');
                r = details_visit(&details, visit_json, a);
                json_close(&a->json, '}');
        } else {
                if (!first)
                        g_string_append_c(a->out, '\n');
                r = details_visit(&details, visit_text, a);
        }
        return r < 0 ? fail(STATUS_FAILURE, "cannot read what jobd says of job %s: %s",
                            job_id_label(id).text, g_strerror(-r))
                     : STATUS_OK;
}

static void add_names(ShowArguments *a, const char *text) {
        g_autofree char **words = g_strsplit(text, ",", -1);

        if (!a->names)
                a->names = g_ptr_array_new_with_free_func(g_free);
        for (char **word = words; *word; word++)
                g_ptr_array_add(a->names, *word);
}

static int show_all(Ctl *c, ShowArguments *a, char **words) {
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        int status, r;

        status = select_jobs(c, words, ids);
        if (!c->client.bus)
                return status;
        a->json = json_start(a->out, c->json == JSON_PRETTY);
        if (c->json != JSON_OFF)
                json_open(&a->json, NULL, '[');
        for (size_t i = 0; i < ids->len; i++) {
                r = show(c, a, g_array_index(ids, JobId, i), a->out->len == 0);
                status = MAX(status, r);
        }
        if (c->json != JSON_OFF) {
                json_close(&a->json, ']');
                g_string_append_c(a->out, '\n');
        }
        r = terminal_page(c, a->out->str, a->out->len);
        return r != STATUS_OK ? r : status;
}

int verb_show(Ctl *c, int argc, char **argv) {
        const Options options = OPTIONS(option_rows);
        g_autoptr(GString) out = g_string_new(NULL), value = g_string_new(NULL);
        ShowArguments a = { .out = out, .value = value };
        int option, status = STATUS_USAGE;

        while ((option = options_next(c, &options, argc, argv)) >= 0) {
                if (option == 'p')
                        add_names(&a, optarg);
                else
                        a.only_values = true;
        }
        if (option == OPTIONS_END && options_finish(c, &options, &argc, &argv, &status))
                status = show_all(c, &a, argv);
        if (a.names)
                g_ptr_array_unref(a.names);
        return status;
}
