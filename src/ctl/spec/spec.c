/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dict.h"
#include "base/parse.h"
#include "client/bus.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/report.h"
#include "ctl/limits.h"
#include "ctl/spec/unit-properties.h"
#include "ctl/spec/user.h"
#include "ctl/usage.h"
#include "wire/names.h"

/* Where the job runs: -C, meant from here; otherwise here, or at home if it is somebody else's. */
static int prepare_directory(const Ctl *c, Spec *s) {
        char here[JOBD_PATH_MAX];
        bool absolute = s->directory_option && s->directory_option[0] == '/';

        if (s->directory_option && !s->directory_option[0])
                return fail_usage(c, "-C: the directory is an empty word");
        if (c->client.host && s->directory_option && !absolute)
                return fail_usage(c, "-C: '%s' is not absolute, and this directory is not one of %s",
                                  s->directory_option, c->client.host);
        if (absolute || c->client.host || (s->as_other && !s->directory_option))
                s->directory = g_strdup(s->directory_option);
        else if (!getcwd(here, sizeof(here)) || here[0] != '/')
                return fail(STATUS_FAILURE, "cannot tell the present directory: %s; give one with -C",
                            g_strerror(errno ?: ENOENT));
        else if (s->directory_option)
                s->directory = g_build_filename(here, s->directory_option, NULL);
        else
                s->directory = g_strdup(here);
        if (s->directory && strlen(s->directory) >= JOBD_PATH_MAX)
                return fail(STATUS_FAILURE, "the directory's path has more than %u bytes",
                            JOBD_PATH_MAX - 1);
        return STATUS_OK;
}

static int prepare_input(const Ctl *c, Spec *s) {
        struct stat st;

        if (!s->input)
                return STATUS_OK;
        if (c->client.host)
                return fail_usage(c, "--input= cannot be passed on to another machine");
        if (strcmp(s->input, "-") == 0)
                s->input_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        else
                s->input_fd = open(s->input, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (s->input_fd >= 0 && (fcntl(s->input_fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
                fd_clear(&s->input_fd);
                errno = EBADF;
        }
        if (s->input_fd < 0 || fstat(s->input_fd, &st) < 0)
                return fail(STATUS_FAILURE, "cannot read '%s': %s", s->input, g_strerror(errno));
        if (S_ISDIR(st.st_mode))
                return fail(STATUS_FAILURE, "cannot read '%s': %s", s->input, g_strerror(EISDIR));
        if (isatty(s->input_fd))
                return fail(STATUS_FAILURE,
                            "--input=%s is a terminal, and a job has none; pass a file or a pipe", s->input);
        return STATUS_OK;
}

static int check_size(const Spec *s) {
        size_t size = 0;

        for (char **word = s->command; *word; word++)
                size += command_word_size(strlen(*word));
        for (guint i = 0; s->tasks && i < s->tasks->len; i++)
                for (char **word = s->tasks->pdata[i]; *word; word++)
                        size += command_word_size(strlen(*word));
        for (guint i = 0; i < s->environment->len; i++)
                size += command_word_size(strlen(s->environment->pdata[i]));
        if (size > JOBD_COMMAND_MAX)
                return fail(STATUS_FAILURE,
                            "command%s and environment have %zu bytes together, more than %u: pass data in "
                            "a "
                            "file, or with --input=",
                            s->tasks ? "s" : "", size, JOBD_COMMAND_MAX);
        return STATUS_OK;
}

int spec_prepare(const Ctl *c, Spec *s, char **command) {
        int r;

        s->command = command;
        r = spec_identity(c, s);
        if (r == STATUS_OK)
                r = prepare_directory(c, s);
        if (r == STATUS_OK)
                r = spec_environment(c, s);
        if (r == STATUS_OK)
                r = check_size(s);
        /* over ssh only the other side can know, and of another user's files only he */
        if (r == STATUS_OK && s->as_other)
                r = spec_check_absolute(c, s);
        else if (r == STATUS_OK && !c->client.host && !(s->tasks && strstr(s->command[0], "{}")))
                r = spec_check_program(s);
        if (r == STATUS_OK)
                r = prepare_input(c, s);
        if (r == STATUS_OK && !spec_values_get(s->values, "Umask") && !c->client.host && !s->as_other) {
                mode_t mask = umask(0);

                (void) umask(mask);
                spec_values_set(s->values, "Umask", g_variant_new_uint32(mask));
        }
        return r;
}

static int append_bytes_option(sd_bus_message *m, const char *name, const char *bytes) {
        int r = dict_open_entry(m, name, "ay");

        if (r >= 0)
                r = sd_bus_message_append_array(m, SD_BUS_TYPE_BYTE, bytes, strlen(bytes));
        return r < 0 ? r : dict_close_entry(m);
}

/* Words that may hold any byte. */
static int append_words(sd_bus_message *m, char *const *words, size_t n_words) {
        int r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "ay");

        for (size_t i = 0; r >= 0 && i < n_words; i++)
                r = sd_bus_message_append_array(m, SD_BUS_TYPE_BYTE, words[i], strlen(words[i]));
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_words_option(sd_bus_message *m, const char *name, char *const *words, size_t n_words) {
        int r = dict_open_entry(m, name, "aay");

        if (r >= 0)
                r = append_words(m, words, n_words);
        return r < 0 ? r : dict_close_entry(m);
}

/* A child each. */
static int append_tasks(sd_bus_message *m, const Spec *s) {
        int r = dict_open_entry(m, "Tasks", "aaay");

        if (r >= 0)
                r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "aay");
        for (guint i = 0; r >= 0 && i < s->tasks->len; i++) {
                char **words = s->tasks->pdata[i];

                r = append_words(m, words, g_strv_length(words));
        }
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = dict_close_entry(m);
        if (r >= 0)
                r = sd_bus_message_append(m, "{sv}", "Isolate", "b", true);
        if (r >= 0 && s->parallel > 0)
                r = sd_bus_message_append(m, "{sv}", "ThrottleLimit", "u", s->parallel);
        return r;
}

/* Over ssh, and as somebody else: laid over the environment of a login. */
static int append_overlay(sd_bus_message *m, const Spec *s) {
        int r = dict_open_entry(m, "Environment", "as");

        if (r >= 0)
                r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
        for (guint i = 0; r >= 0 && i < s->environment->len; i++)
                r = sd_bus_message_append(m, "s", s->environment->pdata[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : dict_close_entry(m);
}

static int append_environment(const Ctl *c, sd_bus_message *m, const Spec *s) {
        if (!c->client.host && !s->as_other)
                return append_words_option(m, "EnvironmentBytes", (char *const *) s->environment->pdata,
                                           s->environment->len);
        return s->environment->len > 0 ? append_overlay(m, s) : 0;
}

static int append_texts(sd_bus_message *m, const Spec *s) {
        const struct {
                const char *name, *value;
        } texts[] = {
                { "Name", s->name },
                { "User", s->user },
                { "Group", s->group },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < G_N_ELEMENTS(texts); i++)
                if (texts[i].value)
                        r = sd_bus_message_append(m, "{sv}", texts[i].name, "s", texts[i].value);
        return r;
}

static int append_options(const Ctl *c, sd_bus_message *m, const Spec *s) {
        int r;

        r = append_words_option(m, "CommandBytes", s->command, g_strv_length(s->command));
        if (r >= 0)
                r = append_environment(c, m, s);
        if (r >= 0 && s->directory)
                r = append_bytes_option(m, "WorkingDirectory", s->directory);
        if (r >= 0)
                r = append_texts(m, s);
        if (r >= 0 && s->tasks)
                r = append_tasks(m, s);
        if (r >= 0 && s->input_fd >= 0)
                r = sd_bus_message_append(m, "{sv}", "StandardInput", "h", s->input_fd);
        if (r >= 0)
                r = spec_values_append(m, s->values);
        if (r >= 0 && s->properties->len > 0)
                r = unit_properties_append(m, s->properties);
        return r;
}

int spec_start(Ctl *c, const Spec *s, JobId *ret_id) {
        g_autoptr(sd_bus_message) call = NULL, reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        const char *path;
        int r;

        r = bus_connect(&c->client);
        if (r != STATUS_OK)
                return r;
        r = bus_new_manager_call(&c->client, "StartJob", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "as", 0);
        if (r >= 0)
                r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0)
                r = append_options(c, call, s);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = bus_call_whole(&c->client, call, &error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = job_id_parse(JOB_ID_PATH, path, ret_id);
        if (error_is_away(&c->client, r, &error) && c->client.welcome)
                return fail(STATUS_AWAY,
                            "jobd went away before it answered: whether '%s' was started is not known; see "
                            "'jobctl list'",
                            s->command[0]);
        if (r < 0)
                return fail_call(&c->client, r, &error, "start '%s'", s->command[0]);
        if (spec_values_have_limit(s->values) || s->properties->len > 0)
                limits_warn(c, *ret_id);
        return STATUS_OK;
}
