/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "daemon/config-file.h"

/* What is quoted of a line. */
#define QUOTED "'%.64s'"

typedef struct Parser {
        const char *path, *section;
        ConfigAssign assign;
        void *userdata;
        GPtrArray *problems;
        unsigned line;
        bool in_section, passing_over; /* passing_over: in a section that is not known */
} Parser;

static void add_problem(Parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_problem(Parser *p, const char *format, ...) {
        g_autofree char *text = NULL, *whole = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        whole = p->line > 0 ? g_strdup_printf("%s:%u: %s", p->path, p->line, text)
                            : g_strdup_printf("%s: %s", p->path, text);
        /* a quotation may have been cut inside a character */
        g_ptr_array_add(p->problems, g_utf8_make_valid(whole, -1));
}

static void enter_section(Parser *p, const char *line) {
        size_t length = strlen(p->section);

        p->in_section = strlen(line) == length + 2 && strncmp(line + 1, p->section, length) == 0 &&
                        line[length + 1] == ']';
        p->passing_over = !p->in_section;
        if (!p->in_section)
                add_problem(p, QUOTED " is not a section: [%s] is", line, p->section);
}

static void read_assignment(Parser *p, char *line) {
        char *equals = strchr(line, '=');
        g_autofree char *problem = NULL;

        if (!equals || equals == line) {
                add_problem(p, QUOTED " is neither [SECTION] nor KEY=VALUE", line);
                return;
        }
        if (p->passing_over)
                return;
        if (!p->in_section) {
                add_problem(p, QUOTED " stands before [%s]", line, p->section);
                return;
        }
        *equals = '\0';
        problem = p->assign(g_strchomp(line), g_strchug(equals + 1), p->userdata);
        if (problem)
                add_problem(p, "%s=: %s", line, problem);
}

static bool is_text(const char *line, size_t size) {
        for (size_t i = 0; i < size; i++)
                if (g_ascii_iscntrl(line[i]) && line[i] != '\t')
                        return false;
        return g_utf8_validate_len(line, size, NULL);
}

static void read_line(Parser *p, const char *start, size_t size) {
        g_autofree char *copy = NULL;
        char *line;

        p->line++;
        if (!is_text(start, size)) {
                add_problem(p, "the line is not UTF-8, or contains control characters");
                return;
        }
        copy = g_strndup(start, size);
        line = g_strstrip(copy);
        if (line[0] == '[')
                enter_section(p, line);
        else if (line[0] && line[0] != '#' && line[0] != ';')
                read_assignment(p, line);
}

/* A link to /dev/null is an empty file. */
static int check_type(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        return S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) ? 0 : -EINVAL;
}

static int read_text(const char *path, char **ret, size_t *ret_size) {
        /* nobody is waited for: it might be a pipe */
        g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        g_autofree char *text = g_malloc(CONFIG_FILE_SIZE_MAX + 1);
        size_t size = 0;
        int r;

        if (fd < 0)
                return -errno;
        r = check_type(fd);
        if (r < 0)
                return r;
        for (;;) {
                ssize_t n = read(fd, text + size, CONFIG_FILE_SIZE_MAX + 1 - size);

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
                if (size > CONFIG_FILE_SIZE_MAX)
                        return -EFBIG;
        }
        *ret = g_steal_pointer(&text);
        *ret_size = size;
        return 0;
}

bool config_file_read(const char *path, const char *section, ConfigAssign assign, void *userdata,
                      GPtrArray *problems) {
        Parser p = { path, section, assign, userdata, problems, 0, false, false };
        g_autofree char *text = NULL;
        size_t size = 0;
        int r = read_text(path, &text, &size);

        if (r == -ENOENT)
                return false;
        if (r == -EINVAL)
                add_problem(&p, "it is not a file");
        else if (r == -EFBIG)
                add_problem(&p, "it has more than %u bytes", CONFIG_FILE_SIZE_MAX);
        else if (r < 0)
                add_problem(&p, "%s", g_strerror(-r));
        if (r < 0)
                return true;
        for (const char *start = text, *end = text + size; start < end;) {
                const char *newline = memchr(start, '\n', (size_t) (end - start));
                const char *stop = newline ? newline : end;

                read_line(&p, start, (size_t) (stop - start));
                start = stop + 1;
        }
        return true;
}
