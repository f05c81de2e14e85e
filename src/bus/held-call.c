/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus/held-call.h"

#define PATH_SIZE_MAX 4096U

typedef struct Copy {
        sd_bus_message *from, *to;
        CopyLimits left;
        guint n_fds;
} Copy;

static int spend(Copy *copy, size_t size) {
        if (copy->left.values == 0 || copy->left.size < size)
                return -EMSGSIZE;
        copy->left.values--;
        copy->left.size -= size;
        return 0;
}

static bool is_number(char type) {
        return type && strchr("ybnqiuxtd", type);
}

/* At once: there may be millions of them. */
static int copy_numbers(Copy *copy, char type) {
        const void *data;
        size_t size;
        int r = sd_bus_message_read_array(copy->from, type, &data, &size);

        if (r >= 0)
                r = spend(copy, size);
        return r < 0 ? r : sd_bus_message_append_array(copy->to, type, data, size);
}

static int copy_basic(Copy *copy, char type) {
        union {
                uint64_t number;
                const char *text;
                int fd;
        } value;
        bool is_text = strchr("sog", type);
        int r = sd_bus_message_read_basic(copy->from, type, &value);

        if (r >= 0)
                r = spend(copy, is_text ? strlen(value.text) : sizeof(value));
        if (r >= 0 && type == 'h' && copy->n_fds++ >= copy->left.n_fds)
                r = -E2BIG;
        return r < 0 ? r
                     : sd_bus_message_append_basic(copy->to, type, is_text ? value.text : (void *) &value);
}

static int copy_values(Copy *copy);

static int copy_container(Copy *copy, char type, const char *contents) {
        int r = spend(copy, 0);

        /* `contents` is the message's own, and good until it is asked again */
        if (r >= 0)
                r = sd_bus_message_open_container(copy->to, type, contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(copy->from, type, contents);
        if (r >= 0)
                r = copy_values(copy);
        if (r >= 0)
                r = sd_bus_message_exit_container(copy->from);
        return r < 0 ? r : sd_bus_message_close_container(copy->to);
}

/* Recursion ends: sd-bus allows containers of limited depth alone. */
static int copy_values(Copy *copy) {
        const char *contents;
        char type;
        int r;

        while ((r = sd_bus_message_peek_type(copy->from, &type, &contents)) > 0) {
                if (type == 'a' && is_number(contents[0]))
                        r = copy_numbers(copy, contents[0]);
                else if (contents)
                        r = copy_container(copy, type, contents);
                else
                        r = copy_basic(copy, type);
                if (r < 0)
                        break;
        }
        return r;
}

static int copy_header(sd_bus_message *call, sd_bus_message **ret) {
        const char *path = sd_bus_message_get_path(call);
        g_autoptr(sd_bus_message) copy = NULL;
        int r;

        if (!path || strlen(path) > PATH_SIZE_MAX)
                return -EMSGSIZE;
        r = sd_bus_message_new_method_call(
                        sd_bus_message_get_bus(call), &copy, sd_bus_message_get_destination(call), path,
                        sd_bus_message_get_interface(call), sd_bus_message_get_member(call));
        if (r >= 0)
                r = sd_bus_message_set_sender(copy, sd_bus_message_get_sender(call));
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(copy, sd_bus_message_get_expect_reply(call));
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(
                                copy, sd_bus_message_get_allow_interactive_authorization(call));
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&copy);
        return 0;
}

/* An answer takes its cookie from the call. */
static int seal(sd_bus_message *call, sd_bus_message *copy) {
        uint64_t cookie;
        int r = sd_bus_message_get_cookie(call, &cookie);

        return r < 0 ? r : sd_bus_message_seal(copy, cookie, 0);
}

int held_call_copy(sd_bus_message *call, const CopyLimits *limits, sd_bus_message **ret, size_t *ret_size,
                   guint *ret_n_fds) {
        g_autoptr(sd_bus_message) to = NULL;
        Copy copy = { .from = call, .left = *limits };
        int r = copy_header(call, &to);

        copy.to = to;
        if (r >= 0)
                r = sd_bus_message_rewind(call, true);
        if (r >= 0)
                r = copy_values(&copy);
        (void) sd_bus_message_rewind(call, true);
        if (r >= 0)
                r = seal(call, to);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&to);
        *ret_size = HELD_CALL_SIZE + limits->size - copy.left.size;
        *ret_n_fds = copy.n_fds;
        return 0;
}

int held_call_stub(sd_bus_message *call, sd_bus_message **ret) {
        g_autoptr(sd_bus_message) stub = NULL;
        int r = copy_header(call, &stub);

        if (r >= 0)
                r = seal(call, stub);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&stub);
        return 0;
}
