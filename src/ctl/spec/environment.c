/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/start-as.h"
#include "client/report.h"
#include "ctl/spec/user.h"
#include "ctl/usage.h"

static bool same_name(const char *a, const char *b, size_t length) {
        return strncmp(a, b, length) == 0 && a[length] == '=';
}

/* Takes an assignment, which must be allocated, in the place of an earlier one of that name. */
static void assign(GPtrArray *environment, char *assignment) {
        size_t length = (size_t) (strchr(assignment, '=') - assignment);

        for (guint i = 0; i < environment->len; i++)
                if (same_name(environment->pdata[i], assignment, length)) {
                        g_free(environment->pdata[i]);
                        environment->pdata[i] = assignment;
                        return;
                }
        g_ptr_array_add(environment, assignment);
}

/* What a login of this user would have. */
static int login_environment(GPtrArray *environment) {
        const struct passwd *user = getpwuid(getuid());
        const char *lang = getenv("LANG");

        if (!user)
                return fail(STATUS_FAILURE, "--clean-env: user %u is not in the user database", getuid());
        assign(environment, g_strdup_printf("HOME=%s", user->pw_dir));
        assign(environment, g_strdup_printf("LOGNAME=%s", user->pw_name));
        assign(environment, g_strdup_printf("USER=%s", user->pw_name));
        assign(environment, g_strdup_printf("SHELL=%s", user->pw_shell[0] ? user->pw_shell : "/bin/sh"));
        assign(environment,
               g_strdup(user->pw_uid == 0
                                        ? "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                                        : "PATH=/usr/local/bin:/usr/bin:/bin"));
        /* the machine's language, which a login takes from its configuration: without it names are not
         * UTF-8 */
        if (lang)
                assign(environment, g_strdup_printf("LANG=%s", lang));
        return STATUS_OK;
}

/* The caller's own; whatever is not NAME=VALUE cannot have been meant for anybody. */
static void inherit_environment(GPtrArray *environment) {
        for (char **entry = environ; entry && *entry; entry++) {
                const char *equals = strchr(*entry, '=');

                if (equals && equals != *entry)
                        g_ptr_array_add(environment, g_strdup(*entry));
        }
}

/* It goes as text, which must be UTF-8. */
static bool goes_along(const char *entry) {
        return strchr(entry, '=') && variable_goes_along(entry) && g_utf8_validate(entry, -1, NULL);
}

/* Of the caller's own, what may go along to somebody else's job. */
static void pass_on(GPtrArray *environment) {
        for (char **entry = environ; entry && *entry; entry++)
                if (goes_along(*entry))
                        g_ptr_array_add(environment, g_strdup(*entry));
}

/* A word of -E: an assignment, or a variable of the caller's. */
static int add_setenv(const Ctl *c, Spec *s, const char *word) {
        g_autofree char *assignment = NULL;
        const char *value;

        if (strchr(word, '='))
                assignment = g_strdup(word);
        else {
                value = getenv(word);
                if (!value)
                        return fail_usage(c, "-E %s: there is no such variable here; write %s=VALUE", word,
                                          word);
                assignment = g_strdup_printf("%s=%s", word, value);
        }
        if (s->as_other && !goes_along(assignment))
                return fail_usage(c,
                                  "-E %s: to a job as another user or group only TERM, LANG and LC_* go "
                                  "along, "
                                  "without '/' and '%%'; write it into the command: /usr/bin/env NAME=VALUE "
                                  "COMMAND",
                                  word);
        assign(s->environment, g_steal_pointer(&assignment));
        return STATUS_OK;
}

int spec_environment(const Ctl *c, Spec *s) {
        int r = STATUS_OK;

        if (!c->client.host && s->as_other && !s->clean_env)
                pass_on(s->environment);
        else if (!c->client.host && !s->as_other && s->clean_env)
                r = login_environment(s->environment);
        else if (!c->client.host && !s->as_other)
                inherit_environment(s->environment);
        for (guint i = 0; r == STATUS_OK && i < s->setenv->len; i++)
                r = add_setenv(c, s, s->setenv->pdata[i]);
        return r;
}
