/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "build-config.h"
#include "daemon/bus-reading.h"
#include "daemon/manager.h"

/* Lets the loop run for a while, without a descriptor of its own for that. True if jobd is to end. */
static bool pause_loop(sd_event *event, uint64_t usec) {
        int r = sd_event_run(event, usec), code;

        return r < 0 || sd_event_get_exit_code(event, &code) >= 0;
}

/* What jobd lacks may be there in a moment: another jobd would lack it as well, and be counted as one that
 * failed. */
static int start(sd_event *event, Manager **ret) {
        RetryPause pause = RETRY_SHORTAGE;
        int r;

        while (error_is_shortage(r = manager_new(event, ret))) {
                log_error("jobd cannot start now, that is tried again: %s", g_strerror(-r));
                if (pause_loop(event, pause.min))
                        return 0;
                pause.min = MIN(pause.min * 2, pause.max);
        }
        return r;
}

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
        if (r < 0)
                return log_failure(r, "There can be no event loop");
        r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
        if (r < 0)
                return log_failure(r, "SIGTERM cannot be waited for");
        r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
        if (r < 0)
                return log_failure(r, "SIGINT cannot be waited for");
        r = start(event, &manager);
        if (r < 0)
                return r;
        r = manager ? bus_reading_begin(manager->bus) : 0;
        if (r < 0)
                return log_failure(r, "The bus cannot be read");
        r = sd_event_loop(event);
        return r < 0 ? log_failure(r, "The event loop has ended") : r;
}

int main(int argc, char *argv[]) {
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
        return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
