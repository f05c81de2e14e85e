/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

/*
 * A client of jobd in C, with sd-bus: starts a job, watches it, waits for its end and receives its output.
 *
 *     cc -o client client.c $(pkg-config --cflags --libs libsystemd)
 *     ./client COMMAND…
 *
 * Ends as the job did: 0 if it is Completed, 1 if not.
 */

#define JOBD     "org.jobd1"
#define INFINITE UINT64_MAX

static int fail(const char *what, int r, const sd_bus_error *error) {
        fprintf(stderr, "%s: %s\n", what, error && error->message ? error->message : strerror(-r));
        return r;
}

static int start(sd_bus *bus, char **command, char **ret_path) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *call = NULL, *reply = NULL;
        const char *path;
        int r;

        r = sd_bus_message_new_method_call(bus, &call, JOBD, "/org/jobd1", "org.jobd1.Manager", "StartJob");
        if (r >= 0)
                r = sd_bus_message_append_strv(call, command);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0); /* no options: it runs in the home directory */
        if (r >= 0)
                r = sd_bus_call(bus, call, 0, &error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                (void) fail("The job cannot be started", r, &error);
        else
                *ret_path = strdup(path);
        sd_bus_error_free(&error);
        sd_bus_message_unref(call);
        sd_bus_message_unref(reply);
        return r;
}

/* A signal is believed if its sender owns the name: sd-bus sees to that, as the match names it. */
static int on_state_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *state, *previous, *reason;

        if (sd_bus_message_read(m, "sss", &state, &previous, &reason) >= 0)
                fprintf(stderr, "it was %s and is %s%s%s\n", previous, state, reason[0] ? ": it " : "",
                        reason);
        return 0;
}

/* The answer comes when the job has finished. */
static int on_waited(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        char **ret_state = userdata;
        const char *state;
        int r = sd_bus_message_get_errno(reply);

        if (r > 0)
                return fail("The job cannot be waited for", -r, sd_bus_message_get_error(reply));
        r = sd_bus_message_read(reply, "s", &state);
        if (r >= 0)
                *ret_state = strdup(state);
        return r;
}

static int wait_for(sd_bus *bus, const char *path, char **ret_state) {
        sd_bus_message *call = NULL;
        int r;

        r = sd_bus_match_signal(bus, NULL, JOBD, path, "org.jobd1.Job", "StateChanged", on_state_changed,
                                NULL);
        if (r >= 0)
                r = sd_bus_message_new_method_call(bus, &call, JOBD, path, "org.jobd1.Job", "Wait");
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0);
        if (r >= 0) /* no 25 s: as long as the job takes */
                r = sd_bus_call_async(bus, NULL, call, on_waited, ret_state, INFINITE);
        while (r >= 0 && !*ret_state) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, INFINITE);
        }
        sd_bus_message_unref(call);
        return r;
}

static int write_all(int fd, const char *data, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0)
                        return -1;
                data += n;
                size -= (size_t) n;
        }
        return 0;
}

/* 1: there is more. */
static int receive_some(sd_bus *bus, const char *path) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *reply = NULL;
        int r, more = 0;

        /* keep: false */
        r = sd_bus_call_method(bus, JOBD, path, "org.jobd1.Job", "Receive", &error, &reply, "bta{sv}", 0,
                               UINT64_C(65536), 0);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(tsay)");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "tsay")) > 0) {
                const char *stream;
                const void *data;
                uint64_t when;
                size_t size;

                r = sd_bus_message_read(reply, "ts", &when, &stream);
                if (r >= 0)
                        r = sd_bus_message_read_array(reply, 'y', &data, &size);
                if (r >= 0)
                        r = write_all(strcmp(stream, "stdout") == 0 ? STDOUT_FILENO : STDERR_FILENO, data,
                                      size);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "b", &more);
        if (r < 0)
                (void) fail("The output cannot be received", r, &error);
        sd_bus_error_free(&error);
        sd_bus_message_unref(reply);
        return r < 0 ? r : more;
}

int main(int argc, char **argv) {
        sd_bus *bus = NULL;
        char *path = NULL, *state = NULL;
        int r;

        if (argc < 2) {
                fprintf(stderr, "client COMMAND…\n");
                return 2;
        }
        r = sd_bus_open_system(&bus);
        if (r < 0)
                (void) fail("There is no system bus", r, NULL);
        if (r >= 0)
                r = start(bus, argv + 1, &path);
        if (r >= 0)
                r = wait_for(bus, path, &state);
        while (r >= 0 && (r = receive_some(bus, path)) > 0)
                ;
        if (r >= 0)
                r = sd_bus_call_method(bus, JOBD, path, "org.jobd1.Job", "Remove", NULL, NULL, "a{sv}", 0);
        r = r >= 0 && strcmp(state, "Completed") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        free(state);
        free(path);
        sd_bus_flush_close_unref(bus);
        return r;
}
