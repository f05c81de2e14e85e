/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/variant.h"
#include "bus/start-options.h"
#include "fuzz.h"

/* The arguments of StartJob, as text: (['command'], {'Option': <value>}). Whoever is refused is told why. */

static sd_bus_message *make_call(sd_bus *bus, GVariant *arguments) {
        sd_bus_message *call;

        CHECK(sd_bus_message_new(bus, &call, SD_BUS_MESSAGE_METHOD_CALL) >= 0);
        for (gsize i = 0; i < g_variant_n_children(arguments); i++) {
                g_autoptr(GVariant) argument = g_variant_get_child_value(arguments, i);

                if (variant_append(call, argument) < 0)
                        return sd_bus_message_unref(call); /* D-Bus has no such type */
        }
        CHECK(sd_bus_message_seal(call, 1, 0) >= 0 && sd_bus_message_rewind(call, true) >= 0);
        return call;
}

static void read_call(sd_bus_message *call) {
        g_auto(StartOptions) options = { .request = job_request_new() };
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        int r = start_options_read(call, &options, &error);

        if (r >= 0) {
                CHECK(!sd_bus_error_is_set(&error) && options.size <= JOBD_COMMAND_MAX);
                CHECK(job_values_number(options.request->values, JOB_OPTION_UMASK) <= 0777 &&
                      job_request_output_limit(options.request).bytes >= OUTPUT_LIMIT_MIN);
                CHECK(job_values_integer(options.request->values, JOB_OPTION_NICE) >= -20 &&
                      job_values_integer(options.request->values, JOB_OPTION_NICE) <= 19);
                CHECK(sd_bus_message_at_end(call, true) > 0);
        } else if (sd_bus_error_is_set(&error))
                CHECK(error.message && g_utf8_validate(error.message, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autofree char *text = g_strndup((const char *) data, size);
        g_autoptr(GVariant) arguments = NULL;
        g_autoptr(sd_bus_message) call = NULL;
        g_autoptr(sd_bus) bus = NULL;

        if (variant_parse(text, "(asa{sv})", &arguments) < 0)
                return 0;
        CHECK(sd_bus_new(&bus) >= 0 && sd_bus_set_address(bus, "unix:path=/nonexistent") >= 0);
        (void) sd_bus_start(bus); /* fails, and leaves a bus that makes messages */
        call = make_call(bus, arguments);
        if (call)
                read_call(call);
        return 0;
}
