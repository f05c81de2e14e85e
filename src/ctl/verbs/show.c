/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/sanitize.h"
#include "client/details.h"
#include "client/report.h"
#include "ctl/options.h"
#include "ctl/selection.h"
#include "ctl/terminal.h"
#include "ctl/text/details.h"
#include "ctl/verbs/show.h"

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
} ShowArguments;

typedef struct Page {
        const ShowArguments *arguments;
        GString *out, *value;
        Json json;
} Page;

static bool is_wanted(const ShowArguments *a, const char *name) {
        if (!a->names)
                return true;
        for (size_t i = 0; i < a->names->len; i++)
                if (strcmp(a->names->pdata[i], name) == 0)
                        return true;
        return false;
}

static int visit_text(const char *name, sd_bus_message *m, void *userdata) {
        Page *page = userdata;
        g_autofree char *safe = NULL;
        int r;

        if (!is_wanted(page->arguments, name))
                return sd_bus_message_skip(m, "v");
        r = details_value_text(name, m, page->value);
        if (r < 0)
                return r;
        safe = strcmp(name, "Command") == 0 ? sanitize_command(page->value->str)
                                            : sanitize_n(page->value->str, page->value->len);
        if (page->arguments->only_values)
                g_string_append_printf(page->out, "%s\n", safe);
        else
                g_string_append_printf(page->out, "%s=%s\n", name, safe);
        return r;
}

static int visit_json(const char *name, sd_bus_message *m, void *userdata) {
        Page *page = userdata;

        return is_wanted(page->arguments, name) ? details_value_json(name, m, &page->json)
                                                : sd_bus_message_skip(m, "v");
}

static int show_job(Ctl *c, Page *page, JobId id) {
        g_auto(Details) details = { 0 };
        int r;

        r = details_fetch(&c->client, id, &details);
        if (r != STATUS_OK)
                return r;
        if (c->json != JSON_OFF) {
                json_open(&page->json, NULL, '{');
                r = details_visit(&details, visit_json, page);
                json_close(&page->json, '}');
        } else {
                if (page->out->len > 0)
                        g_string_append_c(page->out, '\n');
                r = details_visit(&details, visit_text, page);
        }
        return r < 0 ? fail(STATUS_FAILURE, "cannot read what jobd says of job %s: %s",
                            job_id_label(id).text, g_strerror(-r))
                     : STATUS_OK;
}

static int show(Ctl *c, const ShowArguments *a, const GArray *ids) {
        g_autoptr(GString) out = g_string_new(NULL), value = g_string_new(NULL);
        Page page = { .arguments = a, .out = out, .value = value };
        int status = STATUS_OK, r;

        page.json = json_start(out, c->json == JSON_PRETTY);
        if (c->json != JSON_OFF)
                json_open(&page.json, NULL, '[');
        for (guint i = 0; i < ids->len; i++) {
                r = show_job(c, &page, g_array_index(ids, JobId, i));
                status = MAX(status, r);
        }
        if (c->json != JSON_OFF) {
                json_close(&page.json, ']');
                g_string_append_c(out, '\n');
        }
        r = terminal_page(c, out->str, out->len);
        return r != STATUS_OK ? r : status;
}

int show_jobs(Ctl *c, const GArray *ids) {
        return show(c, &(ShowArguments){ 0 }, ids);
}

static void add_names(ShowArguments *a, const char *text) {
        g_autofree char **words = g_strsplit(text, ",", -1);

        if (!a->names)
                a->names = g_ptr_array_new_with_free_func(g_free);
        for (char **word = words; *word; word++)
                g_ptr_array_add(a->names, *word);
}

static int show_selected(Ctl *c, const ShowArguments *a, const Filters *filters, char **words) {
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        int status, r;

        status = selection_ids(c, filters, words, ids);
        if (!c->client.bus)
                return status;
        r = show(c, a, ids);
        return MAX(status, r);
}

int verb_show(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        ShowArguments a = { 0 };
        int option, status = STATUS_USAGE;

        while ((option = options_next(c, &options, argc, argv)) >= 0) {
                if (option == 'p')
                        add_names(&a, optarg);
                else
                        a.only_values = true;
        }
        if (option == OPTIONS_END && options_finish(c, &options, &argc, &argv, &status))
                status = show_selected(c, &a, &filters, argv);
        if (a.names)
                g_ptr_array_unref(a.names);
        return status;
}
