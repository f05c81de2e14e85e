/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "build-config.h"
#include "ctl/options.h"
#include "ctl/terminal.h"
#include "ctl/usage.h"

enum {
        GLOBAL_JSON = 256,
        GLOBAL_NO_LEGEND,
        GLOBAL_NO_PAGER,
        GLOBAL_NO_ASK_PASSWORD,
        GLOBAL_VERSION,
};

#define GLOBAL_SHORT "hqH:"

static const struct option global_options[] = {
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, GLOBAL_VERSION },
        { "quiet", no_argument, NULL, 'q' },
        { "host", required_argument, NULL, 'H' },
        { "json", required_argument, NULL, GLOBAL_JSON },
        { "no-legend", no_argument, NULL, GLOBAL_NO_LEGEND },
        { "no-pager", no_argument, NULL, GLOBAL_NO_PAGER },
        { "no-ask-password", no_argument, NULL, GLOBAL_NO_ASK_PASSWORD },
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
        case GLOBAL_VERSION:
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
        else if (optopt >= '0' && optopt <= '9')
                (void) fail_usage(c, "'%s' is not a job: ids are numbers from 1 on", word);
        else if (optopt > 0 && optopt < 256)
                (void) fail_usage(c, "unknown option '-%c'", optopt);
        else if (optopt)
                (void) fail_usage(c, "option '%s' takes no value", word);
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

static size_t count_options(const struct option *options) {
        size_t n = 0;

        while (options && options[n].name)
                n++;
        return n;
}

int options_next(Ctl *c, const Options *o, int argc, char **argv) {
        size_t n_own = count_options(o->long_options);
        g_autofree struct option *all = g_new0(struct option, n_own + G_N_ELEMENTS(global_options) + 1);
        g_autofree char *letters = g_strdup_printf("%s:" GLOBAL_SHORT "%s", o->posix ? "+" : "",
                                                   o->short_options ?: "");
        int r;

        memcpy(all, global_options, sizeof(global_options));
        for (size_t i = 0; i < n_own; i++)
                all[G_N_ELEMENTS(global_options) + i] = o->long_options[i];

        opterr = 0;
        do {
                int index = -1, option = getopt_long(argc, argv, letters, all, &index);

                if (option == -1)
                        return OPTIONS_END;
                if (option == '?' || option == ':')
                        return refuse(c, option, argv);
                if (index >= 0 && refuse_part(c, &all[index], argv) < 0)
                        return OPTIONS_ERROR;
                r = take_global(c, option);
        } while (r == 0);
        return r;
}

bool options_finish(Ctl *c, int *argc, char ***argv, int *status) {
        if (c->version) {
                *status = terminal_printf("jobctl %s\n", JOBD_VERSION);
                return false;
        }
        if (c->help) {
                *status = options_help(c);
                return false;
        }
        *argc -= optind;
        *argv += optind;
        if (!c->verb)
                return true;
        if (*argc < c->verb->min_args) {
                *status = fail_usage(c, "a word is missing: jobctl %s %s", c->verb->name, c->verb->usage);
                return false;
        }
        return true;
}

bool options_none(Ctl *c, int *argc, char ***argv, int *status) {
        static const Options none = { 0 };

        if (options_next(c, &none, *argc, *argv) != OPTIONS_END) {
                *status = STATUS_USAGE;
                return false;
        }
        return options_finish(c, argc, argv, status);
}
