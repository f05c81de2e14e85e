/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/parse.h"
#include "bus/start-options.h"
#include "bus/start-tasks.h"
#include "bus/start-values.h"
#include "bus/start-words.h"
#include "model/raw-properties.h"

static int check_assignments(const Option *option, const GPtrArray *words, sd_bus_error *error) {
        for (guint i = 0; i < words->len; i++) {
                const char *word = g_ptr_array_index(words, i), *equals = strchr(word, '=');

                if (!equals || equals == word)
                        return option_invalid(error, option, "'%.32s' is not NAME=VALUE", word);
        }
        return 0;
}

static int read_command_bytes(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;

        return start_read_words(m, option, &o->size, &o->command_bytes, error);
}

static int read_environment_bytes(sd_bus_message *m, const Option *option, void *field,
                                  sd_bus_error *error) {
        StartOptions *o = field;
        int r = start_read_words(m, option, &o->size, &o->environment_bytes, error);

        return r < 0 ? r : check_assignments(option, o->environment_bytes, error);
}

static int read_words(sd_bus_message *m, StartOptions *o, GPtrArray **ret, sd_bus_error *error) {
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        const char *word;
        int r = sd_bus_message_enter_container(m, 'a', "s");

        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "s", &word)) > 0) {
                r = start_count_word(&o->size, strlen(word), error);
                if (r < 0)
                        return r;
                g_ptr_array_add(words, g_strdup(word));
        }
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&words);
        return sd_bus_message_exit_container(m);
}

static int read_environment(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        int r = read_words(m, o, &o->environment, error);

        return r < 0 ? r : check_assignments(option, o->environment, error);
}

static int read_name(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        const char *name;
        int r = sd_bus_message_read(m, "s", &name);

        if (r < 0)
                return r;
        if (!name[0])
                return 0; /* as no name at all */
        if (!job_name_is_valid(name))
                return option_invalid(error, option, "a name has at most %u bytes and no control characters",
                                      JOBD_NAME_MAX);
        o->request->name = g_strdup(name);
        return 0;
}

static int read_directory(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        size_t size = 0;
        int r = start_read_bytes(m, option, &o->request->directory, &size, error);

        if (r < 0)
                return r;
        if (o->request->directory[0] != '/')
                return option_invalid(error, option, "'%.64s' is not absolute", o->request->directory);
        if (size >= JOBD_PATH_MAX)
                return option_invalid(error, option, "the directory is longer than %u bytes",
                                      JOBD_PATH_MAX - 1);
        return 0;
}

/*
 * A descriptor of the caller. No call here may wait for the file: a FUSE server could take for ever to
 * answer fstat(), and ioctl(TCGETS) of any device asks its driver.
 */
static int check_input(int fd, const Option *option, sd_bus_error *error) {
        int flags = fcntl(fd, F_GETFL);
        struct statx st;

        if (flags < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
                return -errno;
        if ((flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
                return option_invalid(error, option, "the descriptor is not readable");
        if (S_ISDIR(st.stx_mode))
                return option_invalid(error, option, "the descriptor is a directory");
        if (S_ISCHR(st.stx_mode) && st.stx_rdev_major != 1) /* 1: null, zero, random, … */
                return option_invalid(error, option, "the descriptor is a terminal or another device");
        return 0;
}

static int read_input(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        int fd, r;

        r = sd_bus_message_read(m, "h", &fd);
        if (r >= 0)
                r = check_input(fd, option, error);
        if (r < 0)
                return r;
        o->request->standard_input = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        o->request->had_input = true;
        return o->request->standard_input < 0 ? -errno : 0;
}

/* Who that is, and whether he may, is for start-identity.c. */
static int read_user(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;

        return sd_bus_message_read(m, "s", &o->user);
}

static int read_group(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;

        return sd_bus_message_read(m, "s", &o->group);
}

static const Option options[] = {
        { "Name", "s", read_name, 0 },
        { "CommandBytes", "aay", read_command_bytes, 0 },
        { "EnvironmentBytes", "aay", read_environment_bytes, 0 },
        { "Environment", "as", read_environment, 0 },
        { "WorkingDirectory", "ay", read_directory, 0 },
        { "StandardInput", "h", read_input, 0 },
        { "User", "s", read_user, 0 },
        { "Group", "s", read_group, 0 },
        { "Properties", RAW_PROPERTIES_TYPE, start_read_properties, 0 },
        { "Tasks", "aaay", start_read_tasks, 0 },
        { "Isolate", "b", option_bool, offsetof(StartOptions, isolate) },
        { "ThrottleLimit", "u", start_read_throttle, 0 },
};

int start_options_read(sd_bus_message *call, StartOptions *o, sd_bus_error *error) {
        Option all[G_N_ELEMENTS(options) + _JOB_OPTION_MAX];
        int r = read_words(call, o, &o->command, error);

        memcpy(all, options, sizeof(options));
        start_values_add(all + G_N_ELEMENTS(options));
        if (r >= 0)
                r = options_read(call, all, G_N_ELEMENTS(all), o, error);
        return r < 0 ? r : start_values_settle(o->request, error);
}

void start_options_clear(StartOptions *o) {
        g_clear_pointer(&o->request, job_request_free);
        g_clear_pointer(&o->command, g_ptr_array_unref);
        g_clear_pointer(&o->command_bytes, g_ptr_array_unref);
        g_clear_pointer(&o->environment_bytes, g_ptr_array_unref);
        g_clear_pointer(&o->environment, g_ptr_array_unref);
        g_clear_pointer(&o->tasks, g_ptr_array_unref);
}
