/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/agent.h"
#include "ctl/options.h"
#include "ctl/terminal.h"
#include "ctl/usage.h"
#include "ctl/verbs.h"

static int (*const functions[_VERB_MAX])(Ctl *c, int argc, char **argv) = {
        [VERB_START] = verb_start,   [VERB_RUN] = verb_run,         [VERB_LIST] = verb_list,
        [VERB_SHOW] = verb_show,     [VERB_STATUS] = verb_status,   [VERB_RECEIVE] = verb_receive,
        [VERB_WAIT] = verb_wait,     [VERB_STOP] = verb_stop,       [VERB_KILL] = verb_kill,
        [VERB_SET] = verb_set,       [VERB_SUSPEND] = verb_suspend, [VERB_RESUME] = verb_resume,
        [VERB_REMOVE] = verb_remove, [VERB_MONITOR] = verb_monitor,
};

static int fail_verb(const Ctl *c, const char *word) {
        const char *nearest = verb_nearest(word);

        return nearest ? fail_usage(c, "unknown verb '%s': is it %s that you mean?", word, nearest)
                       : fail_usage(c, "unknown verb '%s'", word);
}

static int run_verb(Ctl *c, char **argv) {
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        VerbId verb = verb_understand(argv, words);

        if (verb < 0)
                return fail_verb(c, words->pdata[0]);
        c->verb = verb_at(verb);
        optind = 0; /* getopt() starts anew */
        return functions[verb](c, (int) words->len - 1, (char **) words->pdata);
}

static int run(Ctl *c, int argc, char **argv) {
        static const Options before_verb = { .posix = true };
        int status;

        if (options_next(c, &before_verb, argc, argv) != OPTIONS_END)
                return STATUS_USAGE;
        if (argv[optind]) {
                c->help |= strcmp(argv[optind], "help") == 0 && !argv[optind + 1];
                c->version |= strcmp(argv[optind], "version") == 0;
        }
        if (!options_finish(c, &before_verb, &argc, &argv, &status))
                return status;
        return run_verb(c, argv);
}

/*
 * A standard descriptor that the caller has closed is taken by the next file: what was printed would go into
 * the connection to the bus. In its place is put what cannot be read or written.
 */
static void take_standard_descriptors(void) {
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv) {
        Ctl c = { 0 };
        int status;

        take_standard_descriptors();
        terminal_init();
        status = run(&c, argc, argv);

        agent_close(&c.client);
        if (c.client.bus)
                c.client.bus = sd_bus_flush_close_unref(c.client.bus);
        return status;
}
