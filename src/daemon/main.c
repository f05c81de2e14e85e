/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "build-config.h"
#include "daemon/manager.h"

static int run(void) {
        g_autoptr(sd_event) event = NULL;
        g_autoptr(Manager) manager = NULL;
        sigset_t mask;
        int r;

        /* one arena, given back early: jobd is there for months */
        (void) mallopt(M_ARENA_MAX, 1);
        (void) mallopt(M_TRIM_THRESHOLD, 128 * 1024);

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigaddset(&mask, SIGINT);
        /* somebody opened a file whose lease output/held.c was about to give back */
        (void) sigaddset(&mask, SIGIO);
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        r = sd_event_default(&event);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = manager_new(event, &manager);
        if (r >= 0)
                r = sd_event_loop(event);
        return r;
}

int main(int argc, char *argv[]) {
        int r;

        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
                puts("jobd " JOBD_VERSION);
                return EXIT_SUCCESS;
        }
        if (argc > 1) {
                fprintf(stderr,
                        "Usage: jobd [--version]\n"
                        "jobd is the job service; systemd starts it as jobd.service. See jobd(8).\n");
                return 2;
        }
        r = run();
        if (r < 0) {
                log_error("jobd cannot go on: %s", g_strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
