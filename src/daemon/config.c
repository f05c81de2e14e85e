/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "authz/authz.h"
#include "base/format.h"
#include "base/parse.h"
#include "bus/pending.h"
#include "daemon/config-file.h"
#include "daemon/config.h"
#include "model/output-state.h"
#include "wire/names.h"

#define SECTION "Manager"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* FileDescriptorStoreMax= of jobd.service: the control sockets of more jobs would not outlive jobd. */
#define RUNNING_MAX_MAX 16384U

#define NUMBER(name, field, max, fallback) \
        { name, CONFIG_NUMBER, offsetof(Config, field), 1, max, fallback }
#define SIZE(name, field, min, max, fallback) \
        { name, CONFIG_SIZE, offsetof(Config, field), min, max, fallback }

/*
 * The defaults: one user has a tenth of all jobs, a quarter of those that run, the output of four jobs that
 * are full.
 */
const ConfigKey config_keys[] = {
        NUMBER("JobsMax", jobs_max, 1000000, 100000),
        NUMBER("UserJobsMax", user_jobs_max, 1000000, 10000),
        NUMBER("RunningMax", running_max, RUNNING_MAX_MAX, 4096),
        NUMBER("UserRunningMax", user_running_max, RUNNING_MAX_MAX, 1024),
        SIZE("OutputLimit", output_limit, OUTPUT_LIMIT_MIN, UINT64_MAX, 4 * GIB),
        SIZE("UserOutputLimit", user_output_limit, MIB, UINT64_MAX, 16 * GIB),
        SIZE("CommandMax", command_max, 4 * KIB, JOBD_COMMAND_MAX, JOBD_COMMAND_MAX),
        NUMBER("WaitingMax", waiting_max, 1000000, PENDING_MAX),
        NUMBER("UserWaitingMax", user_waiting_max, 1000000, PENDING_PER_USER_MAX),
        NUMBER("QuestionsMax", questions_max, 1000000, AUTHZ_IN_ALL),
        NUMBER("UserQuestionsMax", user_questions_max, 1000000, AUTHZ_PER_USER),
};
const size_t n_config_keys = G_N_ELEMENTS(config_keys);

static void set(Config *config, const ConfigKey *key, uint64_t value) {
        void *field = (char *) config + key->offset;

        if (key->type == CONFIG_NUMBER)
                *(uint32_t *) field = (uint32_t) value;
        else
                *(uint64_t *) field = value;
}

static char *describe_bounds(const ConfigKey *key, const char *value) {
        g_autofree char *min = NULL, *max = NULL;

        if (key->type == CONFIG_NUMBER)
                return g_strdup_printf("'%.64s' is not a number from %" G_GUINT64_FORMAT
                                       " to %" G_GUINT64_FORMAT,
                                       value, key->min, key->max);
        min = format_size(key->min);
        max = format_size(key->max);
        return g_strdup_printf("'%.64s' is not a size from %s to %s", value, min, max);
}

static char *assign(const char *name, const char *value, void *userdata) {
        for (size_t i = 0; i < n_config_keys; i++) {
                const ConfigKey *key = config_keys + i;
                uint64_t n;
                int r;

                if (strcmp(key->name, name) != 0)
                        continue;
                r = key->type == CONFIG_NUMBER ? parse_u64(value, &n) : parse_size(value, &n);
                if (r < 0 || n < key->min || n > key->max)
                        return describe_bounds(key, value);
                set(userdata, key, n);
                return NULL;
        }
        return g_strdup("there is no such setting");
}

static void dir_close(DIR *dir) {
        (void) closedir(dir);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, dir_close)

/* Adds name → path of what is in `dir` and not in the table yet. */
static void list_dropins(const char *dir, GHashTable *by_name, GPtrArray *problems) {
        g_autofree char *path = g_build_filename(dir, "jobd.conf.d", NULL);
        g_autoptr(DIR) d = opendir(path);
        const struct dirent *entry;

        if (!d && errno != ENOENT)
                g_ptr_array_add(problems, g_strdup_printf("%s: %s", path, g_strerror(errno)));
        while (d && (entry = readdir(d))) {
                const char *name = entry->d_name;

                if (name[0] == '.' || !g_str_has_suffix(name, ".conf") ||
                    g_hash_table_contains(by_name, name))
                        continue;
                if (g_hash_table_size(by_name) >= CONFIG_DROPINS_MAX) {
                        g_ptr_array_add(problems,
                                        g_strdup_printf("%s: more than %u files", path, CONFIG_DROPINS_MAX));
                        return;
                }
                g_hash_table_insert(by_name, g_strdup(name), g_build_filename(path, name, NULL));
        }
}

static gint compare_names(gconstpointer a, gconstpointer b) {
        return strcmp(a, b);
}

static bool read_file(Config *config, const char *path, GPtrArray *files, GPtrArray *problems) {
        if (!config_file_read(path, SECTION, assign, config, problems))
                return false;
        g_ptr_array_add(files, g_strdup(path));
        return true;
}

static void read_main_file(Config *config, const char *const *dirs, GPtrArray *files, GPtrArray *problems) {
        for (size_t i = 0; dirs[i]; i++) {
                g_autofree char *path = g_build_filename(dirs[i], "jobd.conf", NULL);

                if (read_file(config, path, files, problems))
                        return;
        }
}

void config_load(Config *config, const char *const *dirs, GPtrArray *files, GPtrArray *problems) {
        g_autoptr(GHashTable) dropins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(GList) names = NULL;

        for (size_t i = 0; i < n_config_keys; i++)
                set(config, config_keys + i, config_keys[i].fallback);
        read_main_file(config, dirs, files, problems);
        for (size_t i = 0; dirs[i]; i++)
                list_dropins(dirs[i], dropins, problems);
        names = g_list_sort(g_hash_table_get_keys(dropins), compare_names);
        for (GList *name = names; name; name = name->next)
                (void) read_file(config, g_hash_table_lookup(dropins, name->data), files, problems);
}
