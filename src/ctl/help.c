/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/help.h"
#include "ctl/filter-options.h"
#include "ctl/terminal.h"
#include "ctl/verbs.h"

/* Columns where the words about an option begin, counted from its name; the second if the first is taken. */
#define WORDS_COLUMN     28
#define WORDS_COLUMN_FAR 37

static void append_name(GString *out, const Option *option) {
        const char *argument = option->argument ?: "";

        g_string_append_printf(out, "--%s%s%s", option->name,
                               option->argument && !option_may_go_without(option) ? "=" : "", argument);
}

static void append_options(GString *out, const Options *options) {
        for (size_t i = 0; i < options->n_rows; i++) {
                g_autoptr(GString) names = g_string_new(NULL);
                const Option *first = &options->rows[i];
                glong width, column;

                append_name(names, first);
                for (; i + 1 < options->n_rows && !options->rows[i + 1].help; i++) {
                        g_string_append(names, options->rows[i].argument ? " " : "  ");
                        append_name(names, &options->rows[i + 1]);
                }
                if (first->value < OPTION_NO_LETTER)
                        g_string_append_printf(out, "  -%c %s", first->value, names->str);
                else
                        g_string_append_printf(out, "     %s", names->str);
                width = g_utf8_strlen(names->str, -1);
                column = width < WORDS_COLUMN ? WORDS_COLUMN : WORDS_COLUMN_FAR;
                if (first->help[0])
                        g_string_append_printf(out, "%*s%s", (int) (column - width), "", first->help);
                g_string_append_c(out, '\n');
        }
}

static bool has_own(const Options *own, int value) {
        for (size_t i = 0; i < own->n_rows; i++)
                if (own->rows[i].value == value)
                        return true;
        return false;
}

static void append_filters(GString *out, const Options *own) {
        Options filters = filter_options;

        if (has_own(own, FILTER_STATE)) { /* the first one */
                filters.rows++;
                filters.n_rows--;
        }
        g_string_append(out, "\nWhich jobs, with or without JOB:\n");
        append_options(out, &filters);
}

static void append_verb(GString *out, const Verb *verb, const Options *own) {
        g_string_append_printf(out, "jobctl %s %s\n\n%s.\n", verb->name, verb->usage, verb->summary);
        if (own->n_rows > 0)
                g_string_append(out, "\nOptions:\n");
        append_options(out, own);
        if (own->filters)
                append_filters(out, own);
}

static void append_verbs(GString *out) {
        g_string_append(out, "jobctl [OPTION…] VERB …\n\nStart commands as jobs, and look after "
                             "them.\n\nVerbs:\n");
        for (VerbId id = 0; id < _VERB_MAX; id++) {
                const Verb *verb = verb_at(id);

                g_string_append_printf(out, "  %-8s %s %*s%s\n", verb->name, verb->usage,
                                       (int) (25 - g_utf8_strlen(verb->usage, -1)), "", verb->summary);
        }
}

int help_print(const Ctl *c, const Options *own, const Options *everywhere) {
        g_autoptr(GString) out = g_string_new(NULL);

        if (c->verb)
                append_verb(out, c->verb, own);
        else
                append_verbs(out);
        g_string_append(out, "\nOptions everywhere:\n");
        append_options(out, everywhere);
        g_string_append(out, "\nJOB is an id (7), a UUID, a name, or a pattern of names ('make*').\n"
                             "See jobctl(1).\n");
        if (!g_get_charset(NULL))
                (void) g_string_replace(out, "…", "...", 0);
        return terminal_print(out->str, out->len);
}
