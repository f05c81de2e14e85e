/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

/*
 * One client that starts N times `true` and waits for the last end, pipelined over one connection:
 *
 *   starts units N    bare StartTransientUnit, until systemd has forgotten the last unit
 *   starts jobs N     StartJob of jobd, until the last job is Completed
 *
 * Prints the seconds from the first call to the last end.
 */

#define UNDER_WAY_MAX 64U

typedef struct Bench {
        sd_bus *bus;
        unsigned n, sent, answered, ended, failed;
        int (*send_one)(struct Bench *bench);
        char **paths;
        char tag[32];
} Bench;

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static int fill(Bench *bench) {
        int r = 0;

        while (r >= 0 && bench->sent < bench->n && bench->sent - bench->answered < UNDER_WAY_MAX) {
                r = bench->send_one(bench);
                bench->sent++;
        }
        return r;
}

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Bench *bench = userdata;
        const char *path;

        if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "o", &path) < 0) {
                fprintf(stderr, "start failed: %s\n", sd_bus_message_get_error(reply)->message);
                bench->failed++;
        } else
                bench->paths[bench->answered] = g_strdup(path);
        bench->answered++;
        return fill(bench);
}

static int send_unit(Bench *bench) {
        g_autofree char *name = g_strdup_printf("%s-%u.service", bench->tag, bench->sent);

        return sd_bus_call_method_async(bench->bus, NULL, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                        "StartTransientUnit", on_started, bench, "ssa(sv)a(sa(sv))", name,
                                        "fail", 2, "Type", "s", "exec", "ExecStart", "a(sasb)", 1,
                                        "/bin/true", 1, "true", 0, 0);
}

static int send_job(Bench *bench) {
        return sd_bus_call_method_async(bench->bus, NULL, "org.jobd1", "/org/jobd1", "org.jobd1.Manager",
                                        "StartJob", on_started, bench, "asa{sv}", 1, "/bin/true", 0);
}

static int on_unit_removed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Bench *bench = userdata;
        const char *name;

        if (sd_bus_message_read(m, "s", &name) >= 0 && g_str_has_prefix(name, bench->tag))
                bench->ended++;
        return 0;
}

static int on_waited(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Bench *bench = userdata;
        const char *path, *state;

        if (sd_bus_message_is_method_error(reply, NULL) ||
            sd_bus_message_enter_container(reply, 'a', "(os)") < 0)
                return -EIO;
        while (sd_bus_message_read(reply, "(os)", &path, &state) > 0) {
                bench->ended++;
                bench->failed += strcmp(state, "Completed") != 0;
        }
        return 0;
}

static int wait_for_jobs(Bench *bench) {
        g_autoptr(sd_bus_message) call = NULL;
        int r;

        r = sd_bus_message_new_method_call(bench->bus, &call, "org.jobd1", "/org/jobd1", "org.jobd1.Manager",
                                           "WaitJobs");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "o");
        for (unsigned i = 0; r >= 0 && i < bench->n; i++)
                r = sd_bus_message_append(call, "o", bench->paths[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0);
        return r < 0 ? r : sd_bus_call_async(bench->bus, NULL, call, on_waited, bench, UINT64_MAX);
}

static int until(Bench *bench, const unsigned *count, unsigned goal) {
        while (*count < goal) {
                int r = sd_bus_process(bench->bus, NULL);

                if (r < 0)
                        return r;
                if (r == 0 && (r = sd_bus_wait(bench->bus, UINT64_MAX)) < 0)
                        return r;
        }
        return 0;
}

static int measure(Bench *bench, bool jobs) {
        double begin;
        int r;

        r = sd_bus_open_system(&bench->bus);
        if (r >= 0 && !jobs)
                r = sd_bus_match_signal(bench->bus, NULL, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                        "UnitRemoved", on_unit_removed, bench);
        if (r >= 0 && !jobs)
                r = sd_bus_call_method(bench->bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                       "org.freedesktop.systemd1.Manager", "Subscribe", NULL, NULL, NULL);
        if (r < 0)
                return r;
        begin = now();
        r = fill(bench);
        if (r >= 0)
                r = until(bench, &bench->answered, bench->n);
        if (r >= 0 && jobs)
                r = wait_for_jobs(bench);
        if (r >= 0)
                r = until(bench, &bench->ended, bench->n);
        if (r >= 0)
                printf("%.4f\n", now() - begin);
        return r;
}

int main(int argc, char *argv[]) {
        bool jobs = argc == 3 && strcmp(argv[1], "jobs") == 0;
        Bench bench = {};
        int r;

        if (argc != 3 || (!jobs && strcmp(argv[1], "units") != 0)) {
                fprintf(stderr, "Usage: starts units|jobs N\n");
                return 2;
        }
        bench.n = (unsigned) strtoul(argv[2], NULL, 10);
        bench.paths = g_new0(char *, bench.n + 1);
        bench.send_one = jobs ? send_job : send_unit;
        snprintf(bench.tag, sizeof(bench.tag), "bench-%i", (int) getpid());
        r = measure(&bench, jobs);
        g_strfreev(bench.paths);
        sd_bus_flush_close_unref(bench.bus);
        if (r < 0 || bench.failed > 0) {
                fprintf(stderr, "starts: %s, %u failed\n", g_strerror(-r), bench.failed);
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
