/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "bus/start-words.h"
#include "wire/names.h"

int start_count_word(uint64_t *size, size_t length, sd_bus_error *error) {
        *size += command_word_size(length);
        if (*size > JOBD_COMMAND_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "Command and environment are larger than %u bytes together",
                                  JOBD_COMMAND_MAX);
        return 0;
}

int start_read_bytes(sd_bus_message *m, const Option *option, char **ret, size_t *ret_size,
                     sd_bus_error *error) {
        const void *bytes;
        size_t size;
        char type;
        int r = sd_bus_message_peek_type(m, &type, NULL);

        if (r < 0)
                return r;
        if (type == 's') {
                r = sd_bus_message_read_basic(m, 's', &bytes);
                size = r < 0 ? 0 : strlen(bytes);
        } else
                r = sd_bus_message_read_array(m, 'y', &bytes, &size);
        if (r < 0)
                return r;
        if (size > 0 && memchr(bytes, '\0', size))
                return option_invalid(error, option, "a word contains a NUL byte");
        *ret = g_strndup(bytes ? bytes : "", size);
        *ret_size = size;
        return r;
}

int start_read_words(sd_bus_message *m, const Option *option, uint64_t *size, GPtrArray **ret,
                     sd_bus_error *error) {
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        int r = sd_bus_message_enter_container(m, 'a', "ay");

        while (r >= 0 && (r = sd_bus_message_at_end(m, false)) == 0) {
                char *word = NULL;
                size_t length = 0;

                r = start_read_bytes(m, option, &word, &length, error);
                if (r < 0)
                        return r;
                g_ptr_array_add(words, word);
                r = start_count_word(size, length, error);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&words);
        return 0;
}
