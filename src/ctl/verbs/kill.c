/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/parse.h"
#include "ctl/act.h"
#include "ctl/options.h"
#include "ctl/usage.h"

enum {
        OPTION_DRY_RUN = OPTION_BASE,
        OPTION_ALL,
};

static const Option option_rows[] = {
        { 's', "signal", "SIGNAL", "default: TERM" },
        { OPTION_ALL, "all", NULL, "to all processes, not the command alone" },
        { OPTION_DRY_RUN, "dry-run", NULL, "only say which" },
};

typedef struct KillArguments {
        const char *signal;
        bool all, dry_run;
} KillArguments;

static int append(sd_bus_message *m, const void *arguments) {
        const KillArguments *a = arguments;

        return a->all ? sd_bus_message_append(m, "sa{sv}", a->signal, 1, "Whom", "s", "all")
                      : sd_bus_message_append(m, "sa{sv}", a->signal, 0);
}

/* "-9" and "-KILL" are understood, as kill(1) does. */
static void take_signal_words(char **argv, GPtrArray *words) {
        int signo;

        for (char **word = argv; *word && strcmp(*word, "--") != 0; word++) {
                if ((*word)[0] != '-' || parse_signal(*word + 1, &signo) < 0)
                        continue;
                *word = g_strconcat("--signal=", *word + 1, NULL);
                g_ptr_array_add(words, *word);
        }
}

static int take_option(const Ctl *c, KillArguments *a, int option) {
        int signo;

        switch (option) {
        case 's':
                if (parse_signal(optarg, &signo) < 0)
                        return fail_usage(c, "'%s' is not a signal; write it as TERM, SIGUSR1 or 9", optarg);
                a->signal = optarg;
                return STATUS_OK;
        case OPTION_ALL:
                a->all = true;
                return STATUS_OK;
        case OPTION_DRY_RUN:
                a->dry_run = true;
                return STATUS_OK;
        default:
                return STATUS_USAGE;
        }
}

int verb_kill(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        KillArguments a = { .signal = "TERM" };
        Action action = {
                .what = "send a signal to job",
                .done = "sent a signal",
                .member = "Kill",
                .append = append,
                .arguments = &a,
        };
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        int option, status;

        take_signal_words(argv, words);
        while ((option = options_next(c, &options, argc, argv)) != OPTIONS_END) {
                status = take_option(c, &a, option);
                if (status != STATUS_OK)
                        return status;
        }
        if (!options_finish(c, &options, &argc, &argv, &status))
                return status;
        return act_on_selected(c, &action, &filters, argv, a.dry_run);
}
