/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "client/report.h"
#include "ctl/select.h"
#include "ctl/spec/items.h"
#include "ctl/usage.h"
#include "wire/names.h"

enum {
        ITEMS_EACH = OPTION_BASE + 200,
        ITEMS_EACH_FROM,
        ITEMS_ISOLATE,
        ITEMS_PARALLEL,
};

#define ITEMS_NULL '0'
#define PLACE      "{}"

static const Option option_rows[] = {
        { ITEMS_EACH, "each", "ITEM",
          "a child of the job for each item, which stands at {}; * means files" },
        { ITEMS_EACH_FROM, "each-from", "FILE|-", "the same for each line of a file, or of standard input" },
        { ITEMS_NULL, "null", NULL, "the items there end with NUL" },
        { ITEMS_ISOLATE, "isolate", NULL, "each child in a unit of its own, as now all are" },
        { ITEMS_PARALLEL, "parallel", "N", "so many children run at once; default: the processors" },
};

const Options items_options = OPTIONS(option_rows);

void items_init(Items *items) {
        *items = (Items){ .each = g_ptr_array_new() };
}

void items_done(Items *items) {
        g_clear_pointer(&items->each, g_ptr_array_unref);
}

bool items_has_option(int option) {
        for (size_t i = 0; i < G_N_ELEMENTS(option_rows); i++)
                if (option_rows[i].value == option)
                        return true;
        return false;
}

int items_take_option(const Ctl *c, Items *items, int option) {
        switch (option) {
        case ITEMS_EACH:
                g_ptr_array_add(items->each, optarg);
                return STATUS_OK;
        case ITEMS_EACH_FROM:
                items->from = optarg;
                return STATUS_OK;
        case ITEMS_NULL:
                items->null = true;
                return STATUS_OK;
        case ITEMS_ISOLATE:
                items->is_isolate_given = true;
                return STATUS_OK;
        case ITEMS_PARALLEL:
                if (parse_u32(optarg, &items->parallel) < 0 || items->parallel == 0)
                        return fail_usage(c, "--parallel= is a number from 1 on, not '%s'", optarg);
                return STATUS_OK;
        default:
                return STATUS_USAGE;
        }
}

/* Files, if it is a pattern; and if none is meant, that is said. */
static int add_item(const char *item, GPtrArray *words) {
        glob_t found;
        int r;

        if (!selector_is_pattern(item)) {
                g_ptr_array_add(words, g_strdup(item));
                return STATUS_OK;
        }
        r = glob(item, 0, NULL, &found);
        if (r == GLOB_NOMATCH)
                return fail(STATUS_FAILURE, "--each=: no file is called '%s' here", item);
        if (r != 0)
                return fail(STATUS_FAILURE, "--each=: the files '%s' cannot be looked for", item);
        for (size_t i = 0; i < found.gl_pathc; i++)
                g_ptr_array_add(words, g_strdup(found.gl_pathv[i]));
        globfree(&found);
        return STATUS_OK;
}

/* No more than jobd would take. */
static int read_all(int fd, GString *text) {
        char buffer[16384];
        ssize_t n;

        while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
                g_string_append_len(text, buffer, n);
                if (text->len > JOBD_COMMAND_MAX)
                        return -EFBIG;
        }
        return n < 0 ? -errno : 0;
}

static int split(const Items *items, const GString *text, GPtrArray *words) {
        char end = items->null ? '\0' : '\n';

        if (!items->null && memchr(text->str, '\0', text->len))
                return fail(STATUS_FAILURE,
                            "--each-from=%s: a line contains a NUL byte; with -0 items end with it",
                            items->from);
        for (const char *p = text->str, *stop = text->str + text->len; p < stop;) {
                const char *next = memchr(p, end, (size_t) (stop - p));

                next = next ?: stop;
                g_ptr_array_add(words, g_strndup(p, (size_t) (next - p)));
                p = next + 1;
        }
        return STATUS_OK;
}

static int read_items(const Items *items, GPtrArray *words) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_auto(Fd) fd = -1;
        int r;

        if (strcmp(items->from, "-") == 0)
                r = read_all(STDIN_FILENO, text);
        else {
                fd = open(items->from, O_RDONLY | O_CLOEXEC | O_NOCTTY);
                r = fd < 0 ? -errno : read_all(fd, text);
        }
        if (r == -EFBIG)
                return fail(STATUS_FAILURE, "--each-from=%s: more than %u bytes", items->from,
                            JOBD_COMMAND_MAX);
        if (r < 0)
                return fail(STATUS_FAILURE, "cannot read '%s': %s", items->from, g_strerror(-r));
        return split(items, text, words);
}

static int collect(const Items *items, GPtrArray *words) {
        int status = STATUS_OK;

        for (guint i = 0; status == STATUS_OK && i < items->each->len; i++)
                status = add_item(items->each->pdata[i], words);
        if (status == STATUS_OK && items->from)
                status = read_items(items, words);
        return status;
}

static char *replace(const char *word, const char *item, bool *found) {
        g_auto(GStrv) pieces = g_strsplit(word, PLACE, -1);

        *found = *found || (pieces[0] && pieces[1]);
        return pieces[0] ? g_strjoinv(item, pieces) : g_strdup("");
}

char **items_substitute(char *const *command, const char *item) {
        GPtrArray *words = g_ptr_array_new();
        bool found = false;

        for (; *command; command++)
                g_ptr_array_add(words, replace(*command, item, &found));
        if (!found)
                g_ptr_array_add(words, g_strdup(item));
        g_ptr_array_add(words, NULL);
        return (char **) g_ptr_array_free(words, FALSE);
}

static void free_words(gpointer words) {
        g_strfreev(words);
}

int items_apply(const Ctl *c, const Items *items, char **command, GPtrArray **ret) {
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        int status;

        *ret = NULL;
        if (items->each->len == 0 && !items->from) {
                if (items->parallel > 0 || items->null || items->is_isolate_given)
                        return fail_usage(
                                        c,
                                        "--parallel=, --null and --isolate go with --each= or --each-from=");
                return STATUS_OK;
        }
        if (items->null && !items->from)
                return fail_usage(c, "--null is of --each-from=");
        status = collect(items, words);
        if (status != STATUS_OK)
                return status;
        if (words->len == 0)
                return fail(STATUS_FAILURE, "--each-from=%s: there is no item in it", items->from);
        *ret = g_ptr_array_new_with_free_func(free_words);
        for (guint i = 0; i < words->len; i++)
                g_ptr_array_add(*ret, items_substitute(command, words->pdata[i]));
        return STATUS_OK;
}
