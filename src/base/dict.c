/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/dict.h"

int dict_read(sd_bus_message *m, DictEntryFunc func, void *userdata) {
        int r = sd_bus_message_enter_container(m, 'a', "{sv}");

        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *name;

                r = sd_bus_message_read_basic(m, 's', &name);
                if (r >= 0)
                        r = func(m, name, userdata);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

int dict_open_entry(sd_bus_message *m, const char *name, const char *type) {
        int r = sd_bus_message_open_container(m, 'e', "sv");

        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        return r;
}

int dict_close_entry(sd_bus_message *m) {
        int r = sd_bus_message_close_container(m);

        return r < 0 ? r : sd_bus_message_close_container(m);
}

int dict_append_strv(sd_bus_message *m, const char *name, char **words) {
        int r = dict_open_entry(m, name, "as");

        if (r >= 0)
                r = sd_bus_message_append_strv(m, words);
        return r < 0 ? r : dict_close_entry(m);
}
