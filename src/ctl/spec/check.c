/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/report.h"
#include "ctl/spec/spec.h"

/* −errno why the file cannot be executed; a path that is not absolute is meant from the job's directory. */
static int try_program(int directory, const char *path) {
        struct stat st;

        if (fstatat(directory, path, &st, 0) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode) || faccessat(directory, path, X_OK, AT_EACCESS) < 0)
                return -EACCES;
        return 0;
}

/* The program that the "#!" line of a script names, if it is not there; for the caller to free. */
static char *missing_interpreter(int directory, const char *path) {
        g_auto(Fd) fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char line[256]; /* the kernel reads no more */
        g_autofree char *interpreter = NULL;
        ssize_t n = fd >= 0 ? pread(fd, line, sizeof(line) - 1, 0) : -1;
        size_t blanks;

        if (n < 2 || line[0] != '#' || line[1] != '!')
                return NULL;
        line[n] = '\0';
        blanks = strspn(line + 2, " \t");
        interpreter = g_strndup(line + 2 + blanks, strcspn(line + 2 + blanks, " \t\n"));
        if (!interpreter[0] || faccessat(directory, interpreter, F_OK, AT_EACCESS) >= 0 || errno != ENOENT)
                return NULL;
        return g_steal_pointer(&interpreter);
}

static const char *path_of(const Spec *s) {
        for (guint i = 0; i < s->environment->len; i++)
                if (g_str_has_prefix(s->environment->pdata[i], "PATH="))
                        return (const char *) s->environment->pdata[i] + strlen("PATH=");
        return "/usr/local/bin:/usr/bin:/bin";
}

/* As execvp(3) looks: the first that can be executed, into `ret`; if none, one that is there but cannot. */
static int search_program(int directory, const Spec *s, char **ret) {
        g_auto(GStrv) folders = g_strsplit(path_of(s), ":", -1);
        int result = -ENOENT;

        for (char **folder = folders; *folder; folder++) {
                /* an empty entry is the directory itself */
                g_autofree char *path = g_strconcat(**folder ? *folder : ".", "/", s->command[0], NULL);
                int r = try_program(directory, path);

                if (r == 0) {
                        *ret = g_steal_pointer(&path);
                        return 0;
                }
                if (r == -EACCES)
                        result = r;
        }
        return result;
}

int spec_check_program(const Spec *s) {
        const char *program = s->command[0];
        g_auto(Fd) directory = open(s->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        g_autofree char *found = NULL, *interpreter = NULL;
        int r;

        if (directory < 0)
                return fail(STATUS_FAILURE, "cannot run in '%s': %s", s->directory, g_strerror(errno));
        if (faccessat(directory, ".", X_OK, AT_EACCESS) < 0)
                return fail(STATUS_FAILURE, "cannot run in '%s': %s", s->directory, g_strerror(errno));
        if (!program[0])
                return fail(STATUS_NO_PROGRAM, "the command is an empty word");
        r = strchr(program, '/') ? try_program(directory, program) : search_program(directory, s, &found);
        if (r == -ENOENT && strpbrk(program, " \t\n|&;<>$`\"'*"))
                return fail(STATUS_NO_PROGRAM,
                            "'%s': no such program; a line for the shell is written as: sh -c '%s'", program,
                            program);
        if (r == -ENOENT && !strchr(program, '/'))
                return fail(STATUS_NO_PROGRAM, "'%s': no such program in PATH", program);
        if (r == -ENOENT || r == -ENOTDIR)
                return fail(STATUS_NO_PROGRAM, "'%s': %s", program, g_strerror(-r));
        if (r < 0)
                return fail(STATUS_CANNOT_EXECUTE, "cannot execute '%s': %s", program, g_strerror(-r));
        interpreter = missing_interpreter(directory, found ? found : program);
        if (interpreter)
                return fail(STATUS_NO_PROGRAM, "cannot execute '%s': its interpreter '%s' does not exist",
                            program, interpreter);
        return STATUS_OK;
}
