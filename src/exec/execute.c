/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_BYTES 128 /* so many say what a file is, as in bash */

/* False if there is a NUL in its first line, or it is an ELF file, or it cannot be read. */
static bool is_text(const char *path) {
        char bytes[LOOK_BYTES];
        const char *newline;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return false;
        n = read(fd, bytes, sizeof(bytes));
        (void) close(fd);
        if (n < 0 || (n >= 4 && memcmp(bytes, "\177ELF", 4) == 0))
                return false;
        newline = memchr(bytes, '\n', (size_t) n);
        return memchr(bytes, '\0', newline != NULL ? (size_t) (newline - bytes) : (size_t) n) == NULL;
}

static void execute_by_shell(const char *path, char **argv, char **env) {
        size_t n = 0;
        char **words;

        while (argv[n] != NULL)
                n++;
        words = calloc(n + 2, sizeof(*words));
        if (words == NULL)
                return;
        words[0] = (char *) _PATH_BSHELL;
        words[1] = (char *) path;
        if (n > 0)
                memcpy(words + 2, argv + 1, (n - 1) * sizeof(*words));
        (void) execve(_PATH_BSHELL, words, env);
        free(words);
}

static void execute_file(const char *path, char **argv, char **env) {
        (void) execve(path, argv, env);
        if (errno != ENOEXEC)
                return;
        if (is_text(path))
                execute_by_shell(path, argv, env);
        else
                errno = ENOEXEC;
}

static const char *search_path(char **env) {
        for (; *env != NULL; env++)
                if (strncmp(*env, "PATH=", strlen("PATH=")) == 0)
                        return *env + strlen("PATH=");
        return "/bin:/usr/bin"; /* as the libc has it */
}

/* What is not there, or not for us, may be further down. */
static bool goes_on(int error) {
        return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE ||
               error == ENODEV || error == ETIMEDOUT || error == ENAMETOOLONG;
}

/* The kernel says that a file is not there also of what is to run it. */
static bool lacks_interpreter(const char *path) {
        bool lacks = access(path, F_OK) == 0;

        errno = ENOENT;
        return lacks;
}

bool execute(char **argv, char **env) {
        const char *name = argv[0];
        bool denied = false;

        if (strchr(name, '/') != NULL) {
                execute_file(name, argv, env);
                return errno == ENOENT && lacks_interpreter(name);
        }
        errno = ENOENT;
        if (*name == '\0')
                return false;
        for (const char *folder = search_path(env), *end;; folder = end + 1) {
                char path[PATH_MAX];
                int n;

                end = strchrnul(folder, ':');
                n = snprintf(path, sizeof(path), "%.*s%s%s", (int) (end - folder), folder,
                             end > folder ? "/" : "./", name);
                errno = ENAMETOOLONG;
                if (n > 0 && (size_t) n < sizeof(path))
                        execute_file(path, argv, env);
                if (errno == ENOENT && lacks_interpreter(path))
                        return true;
                if (!goes_on(errno))
                        return false;
                denied = denied || errno == EACCES;
                if (*end == '\0')
                        break;
        }
        errno = denied ? EACCES : ENOENT;
        return false;
}
