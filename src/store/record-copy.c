/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/record-copy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "store/record.h"

/* The last group of a copy: without it, it was cut off. */
#define G_COPY "Copy"
#define BOOT   "Boot"

char *record_copy_format(const char *record, const char *boot_id, gsize *ret_size) {
        char *text = g_strdup_printf("%s\n[" G_COPY "]\n" BOOT "=%s\n", record, boot_id);

        *ret_size = strlen(text);
        return text;
}

static bool is_newer(GKeyFile *record, GKeyFile *copy, const char *boot_id) {
        g_autofree char *boot = g_key_file_get_value(copy, G_COPY, BOOT, NULL),
                        *of = g_key_file_get_value(record, RECORD_JOB, RECORD_UUID, NULL),
                        *is = g_key_file_get_value(copy, RECORD_JOB, RECORD_UUID, NULL);

        return g_strcmp0(boot, boot_id) == 0 && is && g_strcmp0(of, is) == 0 &&
               g_key_file_get_uint64(copy, RECORD_JOB, RECORD_REVISION, NULL) >
                               g_key_file_get_uint64(record, RECORD_JOB, RECORD_REVISION, NULL);
}

static void replace_group(GKeyFile *record, GKeyFile *copy, const char *group) {
        g_auto(GStrv) keys = g_key_file_get_keys(copy, group, NULL, NULL);

        (void) g_key_file_remove_group(record, group, NULL);
        for (char **key = keys; key && *key; key++) {
                g_autofree char *value = g_key_file_get_value(copy, group, *key, NULL);

                g_key_file_set_value(record, group, *key, value ? value : "");
        }
}

int record_copy_apply(GKeyFile *record, const char *text, gsize size, const char *boot_id) {
        g_autoptr(GKeyFile) copy = g_key_file_new();
        g_auto(GStrv) groups = NULL;

        if (!g_key_file_load_from_data(copy, text, size, G_KEY_FILE_NONE, NULL) ||
            !g_key_file_has_group(copy, G_COPY))
                return -EBADMSG;
        if (!is_newer(record, copy, boot_id))
                return -ESTALE;
        groups = g_key_file_get_groups(copy, NULL);
        for (char **group = groups; *group; group++)
                replace_group(record, copy, *group);
        return 0;
}
