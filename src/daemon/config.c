/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "daemon/config.h"

#define SECTION "Manager"

/* FileDescriptorStoreMax= of jobd.service: the control sockets of more jobs would not outlive jobd. */
#define RUNNING_MAX_MAX 16384U

/* 0 would let every job wait for ever. */
static int parse_running_max(const char *value, uint32_t *ret) {
        uint32_t n;
        int r = parse_u32(value, &n);

        if (r < 0)
                return r;
        if (n < 1 || n > RUNNING_MAX_MAX)
                return -ERANGE;
        *ret = n;
        return 0;
}

static int set_key(Config *config, const char *key, const char *value) {
        if (strcmp(key, "OutputLimit") == 0)
                return parse_size(value, &config->output_limit);
        if (strcmp(key, "JobsMax") == 0)
                return parse_u32(value, &config->jobs_max);
        if (strcmp(key, "RunningMax") == 0)
                return parse_running_max(value, &config->running_max);
        return -ENOENT;
}

static void set_section(Config *config, const char *path, GKeyFile *file) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, SECTION, NULL, NULL);

        for (char **key = keys; key && *key; key++) {
                g_autofree char *value = g_key_file_get_string(file, SECTION, *key, NULL);
                int r = value ? set_key(config, *key, value) : -EINVAL;

                if (r == -ENOENT)
                        log_warning("%s: unknown key %s= in [" SECTION "], ignored", path, *key);
                else if (r < 0)
                        log_warning("%s: %s=%s cannot be used: %s; the default stands", path, *key,
                                    value ? value : "", g_strerror(-r));
        }
}

int config_load(Config *config, const char *path) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autoptr(GError) error = NULL;

        *config = (Config){
                .output_limit = UINT64_C(4) << 30,
                .jobs_max = 100000,
                .running_max = 4096,
        };
        if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error)) {
                if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
                        return 0;
                log_error("%s cannot be read: %s", path, error->message);
                /* a slip of the pen must not keep all users from their jobs: the defaults stand */
                return error->domain == G_KEY_FILE_ERROR ? 0 : -EINVAL;
        }
        set_section(config, path, file);
        return 0;
}
