/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "bus/start-tasks.h"
#include "bus/start-words.h"
#include "wire/names.h"

static void free_words(gpointer words) {
        g_strfreev(words);
}

static int read_task(sd_bus_message *m, const Option *option, StartOptions *o, sd_bus_error *error) {
        g_autoptr(GPtrArray) words = NULL;
        char **argv;
        int r;

        if (o->tasks->len == FAMILY_CHILDREN_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "Option Tasks: more than %u commands",
                                  FAMILY_CHILDREN_MAX);
        r = start_read_words(m, option, &o->size, &words, error);
        if (r < 0)
                return r;
        g_ptr_array_set_free_func(words, NULL);
        g_ptr_array_add(words, NULL);
        argv = (char **) g_ptr_array_free(g_steal_pointer(&words), FALSE);
        g_ptr_array_add(o->tasks, argv);
        if (!argv[0] || !argv[0][0])
                return option_invalid(error, option, "command %u is empty", o->tasks->len);
        if (strlen(argv[0]) >= JOBD_PATH_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "Option Tasks: the program's name of command %u is longer than %u bytes",
                                  o->tasks->len, JOBD_PATH_MAX - 1);
        return 0;
}

int start_read_tasks(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        int r = sd_bus_message_enter_container(m, 'a', "aay");

        o->tasks = g_ptr_array_new_with_free_func(free_words);
        while (r >= 0 && (r = sd_bus_message_at_end(m, false)) == 0)
                r = read_task(m, option, o, error);
        if (r < 0)
                return r;
        if (o->tasks->len == 0)
                return option_invalid(error, option, "there is no command");
        return sd_bus_message_exit_container(m);
}

int start_read_throttle(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        int r = option_integer(m, option, 'u', &o->throttle, error);

        return r >= 0 && o->throttle == 0 ? option_invalid(error, option, "0 would let none run") : r;
}

int start_settle_tasks(StartOptions *o, bool other, bool root, sd_bus_error *error) {
        if (!o->tasks) {
                if (o->isolate || o->throttle > 0)
                        return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                          "Option %s goes with Tasks, of which there are none",
                                          o->isolate ? "Isolate" : "ThrottleLimit");
                return 0;
        }
        if (!o->isolate)
                return error_setf(error, -JOBD_E_NOT_SUPPORTED,
                                  "Tasks run in units of their own alone as yet: set Isolate");
        if (o->request->had_input)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "A job of several commands has no standard input");
        /* who is asked sees one command, and could not judge the others */
        if (!root && (other || o->request->properties))
                return error_setf(error, -JOBD_E_ACCESS_DENIED,
                                  "Only root may start several commands in one job %s",
                                  other ? "as another user" : "with raw unit properties");
        if (o->throttle == 0)
                o->throttle = g_get_num_processors();
        return 0;
}
