/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/configure.h"

#include "base/error.h"
#include "base/log.h"

/* Lines in the log. A file may have thousands that are wrong. */
#define PROBLEMS_LOGGED_MAX 32U

/* Logs what is wrong; true if nothing is. The texts are in `problems`. */
static bool load(const Manager *manager, Config *ret, GPtrArray *files, GPtrArray *problems) {
        config_load(ret, manager->config_dirs, files, problems);
        for (guint i = 0; i < MIN(problems->len, PROBLEMS_LOGGED_MAX); i++)
                log_error("%s", (const char *) g_ptr_array_index(problems, i));
        if (problems->len > PROBLEMS_LOGGED_MAX)
                log_error("The configuration has %u more errors", problems->len - PROBLEMS_LOGGED_MAX);
        return problems->len == 0;
}

static void apply(Manager *manager, const Config *config, GPtrArray *files) {
        g_autofree char *list = NULL;

        g_ptr_array_add(files, NULL);
        list = g_strjoinv(", ", (char **) files->pdata);
        log_info("Configuration read: %s", files->len > 1 ? list : "no file, the defaults");

        manager->config = *config;
        jobs_set_limits(manager->jobs, &(JobLimits){
                                                       .jobs_max = config->jobs_max,
                                                       .user_jobs_max = config->user_jobs_max,
                                                       .command_max = config->command_max,
                                                       .output_limit = config->output_limit,
                                                       .user_output_limit = config->user_output_limit,
                                       });
        bus_server_set_limits(manager->server,
                              &(BusLimits){
                                              .waiting_max = config->waiting_max,
                                              .user_waiting_max = config->user_waiting_max,
                                              .questions = { .per_user = config->user_questions_max,
                                                             .in_all = config->questions_max },
                              });
        queue_set_limits(manager->queue, &(QueueLimits){
                                                         .running_max = config->running_max,
                                                         .user_running_max = config->user_running_max,
                                         });
}

void configure(Manager *manager) {
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free),
                             problems = g_ptr_array_new_with_free_func(g_free);
        Config config;

        if (!load(manager, &config, files, problems))
                log_warning("Where the configuration is wrong, what was set before stands");
        apply(manager, &config, files);
}

int reconfigure(Manager *manager, sd_bus_error *error) {
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free),
                             problems = g_ptr_array_new_with_free_func(g_free);
        Config config;

        if (load(manager, &config, files, problems)) {
                apply(manager, &config, files);
                return 0;
        }
        if (problems->len == 1)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT, "%s; the configuration stays as it was",
                                  (const char *) g_ptr_array_index(problems, 0));
        return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                          "%s (and %u more, see the log); the configuration stays as it was",
                          (const char *) g_ptr_array_index(problems, 0), problems->len - 1);
}
