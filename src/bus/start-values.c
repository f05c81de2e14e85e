/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/variant.h"
#include "bus/start-values.h"
#include "model/raw-properties.h"

static int read_variant(sd_bus_message *m, const Option *option, GVariant **ret, sd_bus_error *error) {
        int r = variant_read(m, RAW_PROPERTIES_SIZE_MAX, ret);

        switch (r) {
        case -E2BIG:
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "Option %s: more than %u bytes",
                                  option->name, RAW_PROPERTIES_SIZE_MAX);
        case -ELOOP:
                return option_invalid(error, option, "more than %u containers within each other",
                                      VARIANT_DEPTH_MAX);
        case -EOPNOTSUPP:
                return option_invalid(error, option, "file descriptors cannot be given");
        default:
                return r;
        }
}

/* The integer that `m` stands before, as a value of the type. */
static int read_integer(sd_bus_message *m, const Option *option, char type, GVariant **ret,
                        sd_bus_error *error) {
        union {
                uint64_t t;
                uint32_t u;
                int32_t i;
        } n = { 0 };
        int r = option_integer(m, option, type, &n, error);

        if (r < 0)
                return r;
        *ret = g_variant_ref_sink(type == 't'   ? g_variant_new_uint64(n.t)
                                  : type == 'u' ? g_variant_new_uint32(n.u)
                                                : g_variant_new_int32(n.i));
        return 0;
}

static int read_integers(sd_bus_message *m, const Option *option, GVariant **ret, sd_bus_error *error) {
        g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int32_t));
        int r = sd_bus_message_enter_container(m, 'a', NULL);

        while (r >= 0 && (r = sd_bus_message_at_end(m, false)) == 0) {
                int32_t number = 0;

                r = option_integer(m, option, 'i', &number, error);
                g_array_append_val(numbers, number);
                if (r >= 0 && numbers->len > JOB_OPTION_LIST_MAX)
                        break;
        }
        if (r < 0)
                return r;
        *ret = g_variant_ref_sink(g_variant_new_fixed_array(G_VARIANT_TYPE_INT32, numbers->data,
                                                            numbers->len, sizeof(int32_t)));
        return numbers->len > JOB_OPTION_LIST_MAX ? 0 : sd_bus_message_exit_container(m);
}

static int read_one(sd_bus_message *m, const Option *option, GVariant **ret, sd_bus_error *error) {
        switch (option->type[0]) {
        case 't':
        case 'u':
        case 'i':
                return read_integer(m, option, option->type[0], ret, error);
        case 'a':
                return read_integers(m, option, ret, error);
        default:
                return read_variant(m, option, ret, error);
        }
}

static int read_value(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        const JobOption *row = job_option_find(option->name);
        g_autofree char *complaint = NULL;
        g_autoptr(GVariant) value = NULL;
        StartOptions *o = field;
        int r = read_one(m, option, &value, error);

        if (r < 0)
                return r;
        complaint = job_option_complain(row, value);
        if (complaint)
                return option_invalid(error, option, "%s", complaint);
        job_values_set(o->request->values, (JobOptionId) (row - job_options), value);
        return 0;
}

int start_read_properties(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        g_autofree char *why = NULL;
        int r = read_variant(m, option, &o->request->properties, error);

        if (r < 0)
                return r;
        if (g_variant_n_children(o->request->properties) == 0)
                g_clear_pointer(&o->request->properties, g_variant_unref); /* as not given */
        else
                r = raw_properties_check(o->request->properties, &why);
        return r < 0 ? error_setf(error, r, "%s", why) : 0;
}

void start_values_add(Option *options) {
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                options[i] = (Option){ job_options[i].name, job_options[i].type, read_value, 0 };
}

int start_values_settle(JobRequest *request, sd_bus_error *error) {
        GVariant **given = &request->values[JOB_OPTION_NO_NEW_PRIVILEGES];
        const char *box = job_values_find_box(request->values);

        if (!box)
                return 0;
        if (!*given)
                job_values_set(request->values, JOB_OPTION_NO_NEW_PRIVILEGES, g_variant_new_boolean(TRUE));
        if (!g_variant_get_boolean(*given))
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Option NoNewPrivileges: %s does not go without it", box);
        return 0;
}
