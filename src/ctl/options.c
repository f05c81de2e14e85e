/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "build-config.h"
#include "ctl/filter-options.h"
#include "ctl/help.h"
#include "ctl/options.h"
#include "ctl/terminal.h"
#include "ctl/usage.h"

enum {
        GLOBAL_JSON = OPTION_NO_LETTER,
        GLOBAL_NO_LEGEND,
        GLOBAL_NO_PAGER,
        GLOBAL_NO_ASK_PASSWORD,
};

static const Option global_rows[] = {
        { 'H', "host", "[USER@]HOST", "the jobs of another machine, over ssh" },
        { GLOBAL_JSON, "json", "off|short|pretty", "output as JSON" },
        { GLOBAL_NO_LEGEND, "no-legend", NULL, "no headings and footers" },
        { GLOBAL_NO_PAGER, "no-pager", NULL, "no pager" },
        { GLOBAL_NO_ASK_PASSWORD, "no-ask-password", NULL, "never ask for a password" },
        { 'q', "quiet", NULL, "less talk" },
        { 'h', "help", NULL, "" },
        { 'V', "version", NULL, "" },
};

static int parse_json(Ctl *c, const char *text) {
        static const char *const words[] = {
                [JSON_OFF] = "off", [JSON_SHORT] = "short", [JSON_PRETTY] = "pretty"
        };

        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (strcmp(words[i], text) == 0) {
                        c->json = (JsonMode) i;
                        return 0;
                }
        (void) fail_usage(c, "--json= is off, short or pretty, not '%s'", text);
        return OPTIONS_ERROR;
}

/* 0: it was a global one; otherwise what options_next() returns. */
static int take_global(Ctl *c, int option) {
        switch (option) {
        case 'h':
                c->help = true;
                return 0;
        case 'q':
                c->client.quiet = true;
                return 0;
        case 'H':
                /* ssh would take a leading hyphen for an option of its own */
                if (!optarg[0] || optarg[0] == '-') {
                        (void) fail_usage(c, "'%s' is not a host", optarg);
                        return OPTIONS_ERROR;
                }
                c->client.host = optarg;
                return 0;
        case GLOBAL_JSON:
                return parse_json(c, optarg);
        case GLOBAL_NO_LEGEND:
                c->no_legend = true;
                return 0;
        case GLOBAL_NO_PAGER:
                c->no_pager = true;
                return 0;
        case GLOBAL_NO_ASK_PASSWORD:
                c->client.no_ask_password = true;
                return 0;
        case 'V':
                c->version = true;
                return 0;
        default:
                return option;
        }
}

/* getopt's own texts go without: they would begin with the path by which we were called. */
static int refuse(const Ctl *c, int option, char **argv) {
        const char *word = argv[optind - 1];

        /* in "-12" getopt has not done with the word after its first letter */
        if (word[0] != '-')
                word = argv[optind];
        if (option == ':')
                (void) fail_usage(c, "option '%s' needs a value", word);
        else if (optopt && g_str_has_prefix(word, "--"))
                (void) fail_usage(c, "option '%s' takes no value", word);
        else if (optopt >= '0' && optopt <= '9')
                (void) fail_usage(c, "'%s' is not a job: ids are numbers from 1 on", word);
        else if (optopt)
                (void) fail_usage(c, "unknown option '-%c'", optopt);
        else
                (void) fail_usage(c, "unknown option '%s'", word);
        return OPTIONS_ERROR;
}

/*
 * getopt takes a part of a name that no other begins with: an option of the next version would then change
 * what a script means. So the word that it has just taken must have the whole name.
 */
static int refuse_part(const Ctl *c, const struct option *option, char **argv) {
        const char *word = argv[optind - 1];
        size_t length = strlen(option->name);

        if (word == optarg) /* the value is a word of its own */
                word = argv[optind - 2];
        if (strncmp(word + 2, option->name, length) == 0 &&
            (word[2 + length] == '\0' || word[2 + length] == '='))
                return 0;
        (void) fail_usage(c, "unknown option '%s': is it --%s that you mean?", word, option->name);
        return OPTIONS_ERROR;
}

/* As getopt_long() wants them. */
static void add_rows(const Option *rows, size_t n_rows, GArray *names, GString *letters) {
        for (size_t i = 0; i < n_rows; i++) {
                const Option *row = &rows[i];
                struct option option = { .name = row->name, .val = row->value };

                if (row->argument)
                        option.has_arg = option_may_go_without(row) ? optional_argument : required_argument;
                g_array_append_val(names, option);
                if (row->value < OPTION_NO_LETTER)
                        g_string_append_printf(letters, "%c%s", row->value, row->argument ? ":" : "");
        }
}

int options_next(Ctl *c, const Options *o, int argc, char **argv) {
        g_autoptr(GArray) names = g_array_new(TRUE, FALSE, sizeof(struct option));
        g_autoptr(GString) letters = g_string_new(o->posix ? "+:" : ":");
        int r;

        add_rows(global_rows, G_N_ELEMENTS(global_rows), names, letters);
        add_rows(o->rows, o->n_rows, names, letters);
        if (o->filters)
                add_rows(filter_options.rows, filter_options.n_rows, names, letters);
        opterr = 0;
        do {
                const struct option *all = (const struct option *) (void *) names->data;
                int index = -1, option = getopt_long(argc, argv, letters->str, all, &index);

                if (option == -1)
                        return OPTIONS_END;
                if (option == '?' || option == ':')
                        return refuse(c, option, argv);
                if (index >= 0 && refuse_part(c, &all[index], argv) < 0)
                        return OPTIONS_ERROR;
                r = take_global(c, option);
                if (r > 0 && o->filters)
                        r = filter_options_take(c, o->filters, r);
        } while (r == 0);
        return r;
}

bool options_finish(Ctl *c, const Options *o, int *argc, char ***argv, int *status) {
        if (c->version) {
                *status = terminal_printf("jobctl %s\n", JOBD_VERSION);
                return false;
        }
        if (c->help) {
                *status = help_print(c, o, &OPTIONS(global_rows));
                return false;
        }
        *argc -= optind;
        *argv += optind;
        if (!c->verb)
                return true;
        if (*argc < c->verb->min_args && !(o->filters && filters_any(o->filters))) {
                *status = fail_usage(c, "a word is missing: jobctl %s %s", c->verb->name, c->verb->usage);
                return false;
        }
        return true;
}

bool options_none(Ctl *c, Filters *filters, int *argc, char ***argv, int *status) {
        const Options none = { .filters = filters };

        if (options_next(c, &none, *argc, *argv) != OPTIONS_END) {
                *status = STATUS_USAGE;
                return false;
        }
        return options_finish(c, &none, argc, argv, status);
}
