/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/environment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/names.h"

#define OWN_MAX 5U

/* What systemd means for the main process itself: the command would take a socket, a watchdog or a stream
 * for its own that are not. */
static const char *const internal[] = {
        "FDSTORE",
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "LISTEN_FDNAMES",
        "LISTEN_FDS",
        "LISTEN_PID",
        "MAINPID",
        "MANAGERPID",
        "MANAGERPIDFDID",
        "NOTIFY_SOCKET",
        "LISTEN_PIDFDID",
        "MAINPIDFDID",
        "MEMORY_PRESSURE_WATCH",
        "MEMORY_PRESSURE_WRITE",
        "SYSTEMD_EXEC_PID",
        "WATCHDOG_PID",
        "WATCHDOG_USEC",
};

typedef struct Entry {
        const char *text;
        size_t name; /* length of the name */
        size_t index;
} Entry;

static size_t name_length(const char *assignment) {
        return strcspn(assignment, "=");
}

static bool is_internal(const char *assignment) {
        size_t length = name_length(assignment);

        for (size_t i = 0; i < sizeof(internal) / sizeof(internal[0]); i++)
                if (strlen(internal[i]) == length && strncmp(internal[i], assignment, length) == 0)
                        return true;
        return false;
}

static int compare_names(const Entry *a, const Entry *b) {
        int order = memcmp(a->text, b->text, a->name < b->name ? a->name : b->name);

        if (order != 0)
                return order;
        return (a->name > b->name) - (a->name < b->name);
}

static int compare_entries(const void *left, const void *right) {
        const Entry *a = left, *b = right;
        int order = compare_names(a, b);

        return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Takes out all but the last assignment to each name; the rest keeps its order. By sorting: a caller may
 * give half a million of them. */
static int keep_last(char **assignments, size_t n) {
        Entry *entries = calloc(n + 1, sizeof(*entries));
        size_t kept = 0;

        if (entries == NULL)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                entries[i] = (Entry){ assignments[i], name_length(assignments[i]), i };
        qsort(entries, n, sizeof(*entries), compare_entries);
        for (size_t i = 0; i + 1 < n; i++)
                if (compare_names(&entries[i], &entries[i + 1]) == 0)
                        assignments[entries[i].index] = NULL;
        free(entries);

        for (size_t i = 0; i < n; i++)
                if (assignments[i] != NULL)
                        assignments[kept++] = assignments[i];
        assignments[kept] = NULL;
        return 0;
}

/* The last assignment that begins with `prefix`, or NULL. */
static const char *find_assignment(char **assignments, const char *prefix) {
        const char *found = NULL;

        for (char **i = assignments; *i != NULL; i++)
                if (strncmp(*i, prefix, strlen(prefix)) == 0)
                        found = *i;
        return found;
}

const char *environment_directory(const Spec *spec, char **inherited) {
        const char *home;

        if (strcmp(spec->directory, "~") != 0)
                return spec->directory;
        home = find_assignment(inherited, "HOME=");
        return home != NULL ? home + strlen("HOME=") : "/";
}

/* Writes jobd-exec's own assignments, each with its NUL, to one allocated text; returns it, or NULL. PWD is
 * among them where the caller has it: his may be of another directory. */
static char *own_text(const Spec *spec, char **inherited, const char *notify, size_t *ret_size) {
        const char *invocation = find_assignment(inherited, "INVOCATION_ID="), *directory = NULL;
        char *text = NULL;
        int n;

        if (find_assignment(spec->env, "PWD=") != NULL)
                directory = environment_directory(spec, inherited);
        n = asprintf(&text, "JOBD_ID=%s%cJOBD_JOB=%s%c%s%s%c%s%s%c%s%c", job_id_label(spec->header.job).text,
                     0, spec->header.uuid, 0, directory != NULL ? "PWD=" : "",
                     directory != NULL ? directory : "", 0, notify != NULL ? "NOTIFY_SOCKET=" : "",
                     notify != NULL ? notify : "", 0, invocation != NULL ? invocation : "", 0);
        if (n < 0)
                return NULL;
        *ret_size = (size_t) n;
        return text;
}

static size_t count(char **strings) {
        size_t n = 0;

        while (strings[n] != NULL)
                n++;
        return n;
}

int environment_build(const Spec *spec, char **inherited, const char *notify, Environment *ret) {
        bool login = spec->header.flags & EXEC_SPEC_LOGIN_ENVIRONMENT;
        Environment environment = { 0 };
        size_t n = 0, own_size = 0;

        environment.assignments = calloc(count(inherited) + count(spec->env) + OWN_MAX + 1, sizeof(char *));
        environment.own = own_text(spec, inherited, notify, &own_size);
        if (environment.assignments == NULL || environment.own == NULL) {
                environment_free(&environment);
                return -ENOMEM;
        }

        for (char **i = inherited; login && *i != NULL; i++)
                if (!is_internal(*i))
                        environment.assignments[n++] = *i;
        for (char **i = spec->env; *i != NULL; i++)
                environment.assignments[n++] = *i;
        for (char *i = environment.own; i < environment.own + own_size; i += strlen(i) + 1)
                if (*i != '\0')
                        environment.assignments[n++] = i;

        if (keep_last(environment.assignments, n) < 0) {
                environment_free(&environment);
                return -ENOMEM;
        }
        *ret = environment;
        return 0;
}

void environment_free(Environment *environment) {
        free(environment->assignments);
        free(environment->own);
        *environment = (Environment){ 0 };
}
