/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/variant.h"
#include "systemd.h"
#include "wire/control.h"

#define NAME    "org.freedesktop.systemd1"
#define MANAGER NAME ".Manager"
#define PATH    "/org/freedesktop/systemd1"

Systemd systemd;

/* The value of one property of a transient unit, as text. */
static char *value_text(sd_bus_message *m, int *ret_fd) {
        GString *text = g_string_new(NULL);
        const char *contents, *s, *path;
        uint64_t t;
        int32_t i;
        int fd;

        ck_assert_int_gt(sd_bus_message_peek_type(m, NULL, &contents), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(m, 'v', contents), 0);
        if (strcmp(contents, "s") == 0) {
                ck_assert_int_gt(sd_bus_message_read(m, "s", &s), 0);
                g_string_append(text, s);
        } else if (strcmp(contents, "b") == 0) {
                ck_assert_int_gt(sd_bus_message_read(m, "b", &i), 0);
                g_string_append(text, i ? "yes" : "no");
        } else if (strcmp(contents, "t") == 0) {
                ck_assert_int_gt(sd_bus_message_read(m, "t", &t), 0);
                g_string_append_printf(text, "%" G_GUINT64_FORMAT, t);
        } else if (strcmp(contents, "i") == 0) {
                ck_assert_int_gt(sd_bus_message_read(m, "i", &i), 0);
                g_string_append_printf(text, "%i", i);
        } else if (strcmp(contents, "h") == 0) {
                ck_assert_int_gt(sd_bus_message_read(m, "h", &fd), 0);
                *ret_fd = fd;
                g_string_append(text, "a descriptor");
        } else if (strcmp(contents, "as") == 0) {
                ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "s"), 0);
                while (sd_bus_message_read(m, "s", &s) > 0)
                        g_string_append_printf(text, "%s%s", text->len ? " " : "", s);
                ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
        } else if (strcmp(contents, "a(sasb)") == 0) {
                ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "(sasb)"), 0);
                ck_assert_int_gt(sd_bus_message_enter_container(m, 'r', "sasb"), 0);
                ck_assert_int_gt(sd_bus_message_read(m, "s", &path), 0);
                g_string_append(text, path);
                ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "s"), 0);
                while (sd_bus_message_read(m, "s", &s) > 0)
                        g_string_append_printf(text, " %s", s);
                ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
                ck_assert_int_gt(sd_bus_message_skip(m, "b"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
        } else {
                g_autoptr(GVariant) value = NULL;

                ck_assert_int_ge(variant_read(m, 4096, &value), 0);
                g_variant_print_string(value, text, TRUE);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
        return g_string_free(text, FALSE);
}

static void keep_control(int fd) {
        if (systemd.control_fd >= 0)
                (void) close(systemd.control_fd);
        systemd.control_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        ck_assert_int_ge(systemd.control_fd, 0);
}

void systemd_command_starts(void) {
        const ControlMessage message = { .type = CONTROL_STARTED };

        ck_assert_int_eq(send(systemd.control_fd, &message, sizeof(message), MSG_NOSIGNAL), sizeof(message));
}

static void note_properties(sd_bus_message *m) {
        const char *name;

        g_ptr_array_set_size(systemd.properties, 0);
        ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "(sv)"), 0);
        while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
                g_autofree char *value = NULL;
                int fd = -1;

                ck_assert_int_gt(sd_bus_message_read(m, "s", &name), 0);
                value = value_text(m, &fd);
                if (strcmp(name, "StandardOutputFileDescriptor") == 0)
                        keep_control(fd);
                g_ptr_array_add(systemd.properties, g_strdup_printf("%s=%s", name, value));
                ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
}

/* "MEMBER WORD WORD": strings and integers at the call's begin. */
static void note_call(sd_bus_message *m) {
        GString *text = g_string_new(sd_bus_message_get_member(m));
        const char *s;
        char type;
        int32_t i;

        while (sd_bus_message_peek_type(m, &type, NULL) > 0 && (type == 's' || type == 'i')) {
                if (type == 's') {
                        ck_assert_int_gt(sd_bus_message_read(m, "s", &s), 0);
                        g_string_append_printf(text, " %s", s);
                } else {
                        ck_assert_int_gt(sd_bus_message_read(m, "i", &i), 0);
                        g_string_append_printf(text, " %i", i);
                }
        }
        g_ptr_array_add(systemd.calls, g_string_free(text, FALSE));
}

static int reply_properties(sd_bus_message *m) {
        if (systemd.get_all_waits)
                return 1;
        if (systemd.get_all_error)
                return sd_bus_reply_method_errorf(m, systemd.get_all_error, "not now");
        if (!systemd.load_state)
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_UNKNOWN_OBJECT, "Unknown object");
        return sd_bus_reply_method_return(m, "a{sv}", 10, "Id", "s", "some.service", "LoadState", "s",
                                          systemd.load_state, "Description", "s", systemd.description,
                                          "ActiveState", "s", systemd.active_state, "Job", "(uo)",
                                          systemd.job, "/", "Result", "s", systemd.result, "ExecMainPID",
                                          "u", systemd.pid, "ExecMainCode", "i", systemd.code,
                                          "ExecMainStatus", "i", systemd.status, "Names", "as", 2, "a", "b");
}

/* The unit of /unit/N is the N-th one. */
static int reply_failed_units(sd_bus_message *m) {
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(sd_bus_message_new_method_return(m, &reply), 0);
        ck_assert_int_ge(sd_bus_message_open_container(reply, 'a', "(ssssssouso)"), 0);
        for (guint i = 0; systemd.failed && systemd.failed[i].name; i++) {
                g_autofree char *path = g_strdup_printf(PATH "/unit/%u", i);

                ck_assert_int_ge(sd_bus_message_append(reply, "(ssssssouso)", systemd.failed[i].name,
                                                       systemd.failed[i].description, "loaded", "failed",
                                                       "failed", "", path, 0, "", "/"),
                                 0);
        }
        ck_assert_int_ge(sd_bus_message_close_container(reply), 0);
        return sd_bus_send(systemd.bus, reply, NULL) < 0 ? -EIO : 1;
}

static int reply_command(sd_bus_message *m) {
        const struct FailedUnit *unit = &systemd.failed[atoi(strrchr(sd_bus_message_get_path(m), '/') + 1)];

        return sd_bus_reply_method_return(m, "v", "a(sasbttttuii)", 1, "/usr/libexec/jobd/jobd-exec", 2,
                                          "jobd-exec", unit->argument, 0, UINT64_C(0), UINT64_C(0),
                                          UINT64_C(0), UINT64_C(0), 0, 0, 0);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *member = sd_bus_message_get_member(m);

        if (!sd_bus_message_is_method_call(m, NULL, NULL))
                return 0;
        note_call(m);
        if (strcmp(member, "StartTransientUnit") == 0) {
                note_properties(m);
                if (systemd.start_error) {
                        const char *text = systemd.start_error;

                        if (systemd.start_error_once)
                                systemd.start_error = NULL;
                        return sd_bus_reply_method_errorf(m,
                                                          systemd.start_error_name ? systemd.start_error_name
                                                                                   : NAME ".UnitExists",
                                                          "%s", text);
                }
                return sd_bus_reply_method_return(m, "o", PATH "/job/1");
        }
        if (strcmp(member, "ListUnitsByPatterns") == 0)
                return reply_failed_units(m);
        if (strcmp(member, "Get") == 0)
                return reply_command(m);
        if (strcmp(member, "GetAll") == 0)
                return reply_properties(m);
        if (strcmp(member, "Subscribe") == 0 && systemd.subscribe_error)
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_FAILED, "%s", systemd.subscribe_error);
        return sd_bus_reply_method_return(m, NULL);
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        bool *done = userdata;

        ck_assert(!sd_bus_message_is_method_error(reply, NULL));
        *done = true;
        return 0;
}

static void take_name(void) {
        bool done = false;

        systemd.bus = systemd.speaker = bus_connect(0);
        ck_assert_int_ge(sd_bus_add_filter(systemd.bus, NULL, on_message, NULL), 0);
        ck_assert_int_ge(sd_bus_request_name_async(systemd.bus, NULL, NAME, 0, on_name, &done), 0);
        while (!done)
                loop_turn();
}

void systemd_setup(void) {
        memset(&systemd, 0, sizeof(systemd));
        systemd.control_fd = -1;
        systemd.calls = g_ptr_array_new_with_free_func(g_free);
        systemd.properties = g_ptr_array_new_with_free_func(g_free);
        take_name();
}

sd_bus *systemd_reexec(void) {
        sd_bus *before = systemd.bus;

        ck_assert_int_ge(sd_bus_release_name(before, NAME), 0);
        take_name();
        return before;
}

void systemd_teardown(void) {
        sd_bus_flush_close_unref(systemd.bus);
        if (systemd.control_fd >= 0)
                (void) close(systemd.control_fd);
        g_ptr_array_unref(systemd.calls);
        g_ptr_array_unref(systemd.properties);
}

guint systemd_n_calls(const char *prefix) {
        guint n = 0;

        for (guint i = 0; i < systemd.calls->len; i++)
                n += g_str_has_prefix(g_ptr_array_index(systemd.calls, i), prefix);
        return n;
}

bool systemd_has_property(const char *assignment) {
        return g_ptr_array_find_with_equal_func(systemd.properties, assignment, g_str_equal, NULL);
}

void systemd_changed(uint32_t id, const char *interface, const char *types, ...) {
        g_autofree char *path = g_strdup_printf(PATH "/unit/jobd_2d%u_2eservice", id),
                        *full = g_strconcat(NAME ".", interface, NULL);
        g_autoptr(sd_bus_message) m = NULL;
        va_list ap;

        ck_assert_int_ge(sd_bus_message_new_signal(systemd.speaker, &m, path,
                                                   "org.freedesktop.DBus.Properties", "PropertiesChanged"),
                         0);
        ck_assert_int_ge(sd_bus_message_append(m, "s", full), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
        va_start(ap, types);
        ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
        va_end(ap);
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "as", 0), 0);
        ck_assert_int_ge(sd_bus_send_to(systemd.speaker, m, systemd.destination, NULL), 0);
}

void systemd_unit_changed(uint32_t id, const char *active_state, uint32_t job) {
        systemd_changed(id, "Unit", "{sv}{sv}{sv}", "ActiveState", "s", active_state, "Job", "(uo)", job,
                        "/", "SubState", "s", "whatever");
}

void systemd_job_changed(const char *path, uint32_t job) {
        ck_assert_int_ge(sd_bus_emit_signal(systemd.bus, path, "org.freedesktop.DBus.Properties",
                                            "PropertiesChanged", "sa{sv}as", NAME ".Unit", 1, "Job", "(uo)",
                                            job, "/", 0),
                         0);
}

void systemd_reloading(bool active) {
        g_autoptr(sd_bus_message) m = NULL;

        ck_assert_int_ge(sd_bus_message_new_signal(systemd.speaker, &m, PATH, MANAGER, "Reloading"), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "b", (int) active), 0);
        ck_assert_int_ge(sd_bus_send_to(systemd.speaker, m, systemd.destination, NULL), 0);
}
