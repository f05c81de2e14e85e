/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/state.h"
#include "client/interrupt.h"
#include "client/report.h"
#include "ctl/terminal.h"

void terminal_init(void) {
        (void) setlocale(LC_CTYPE, "");
}

size_t terminal_width(int fd) {
        const char *columns = getenv("COLUMNS");
        struct winsize size;
        uint32_t n;

        if (!isatty(fd))
                return 0;
        if (columns && parse_u32(columns, &n) >= 0 && n > 0 && n <= UINT16_MAX)
                return n;
        if (ioctl(fd, TIOCGWINSZ, &size) >= 0 && size.ws_col > 0)
                return size.ws_col;
        return 80;
}

static bool terminal_is_dumb(void) {
        const char *term = getenv("TERM");

        return !term || strcmp(term, "dumb") == 0;
}

bool terminal_colours(int fd) {
        const char *wish = getenv("SYSTEMD_COLORS"), *no_color = getenv("NO_COLOR");
        bool yes;

        if (wish && parse_boolean(wish, &yes) >= 0)
                return yes;
        if (wish && (strcmp(wish, "16") == 0 || strcmp(wish, "256") == 0))
                return true;
        return !(no_color && no_color[0]) && isatty(fd) && !terminal_is_dumb();
}

const char *colour_begin(Colour colour) {
        static const char *const sequences[_COLOUR_MAX] = {
                [COLOUR_NONE] = "",
                [COLOUR_GOOD] = "\033[0;1;32m",
                [COLOUR_BAD] = "\033[0;1;31m",
                [COLOUR_WARN] = "\033[0;1;33m",
                [COLOUR_FAINT] = "\033[0;2m",
                [COLOUR_HEAD] = "\033[0;4m",
        };

        return sequences[colour];
}

Colour colour_of_state(const char *word) {
        static const Colour colours[_JOB_STATE_MAX] = {
                [JOB_NOT_STARTED] = COLOUR_FAINT, [JOB_RUNNING] = COLOUR_GOOD,
                [JOB_BLOCKED] = COLOUR_WARN,      [JOB_SUSPENDING] = COLOUR_WARN,
                [JOB_SUSPENDED] = COLOUR_WARN,    [JOB_DISCONNECTED] = COLOUR_WARN,
                [JOB_STOPPING] = COLOUR_WARN,     [JOB_COMPLETED] = COLOUR_NONE,
                [JOB_FAILED] = COLOUR_BAD,        [JOB_STOPPED] = COLOUR_WARN,
        };
        JobState state = job_state_from_string(word);

        return state < 0 ? COLOUR_NONE : colours[state];
}

static int write_all(int fd, const char *text, size_t size) {
        while (size > 0) {
                ssize_t n = interrupt_write(fd, text, size);

                if (n < 0)
                        return (int) n;
                text += n;
                size -= (size_t) n;
        }
        return 0;
}

int terminal_print(const char *text, size_t size) {
        int r = write_all(STDOUT_FILENO, text, size);

        if (r == -EINTR)
                interrupt_die(interrupt_take());
        if (r == -EPIPE && interrupt_is_caught())
                interrupt_die(SIGPIPE);
        return r < 0 ? fail(STATUS_FAILURE, "cannot write to standard output: %s", g_strerror(-r))
                     : STATUS_OK;
}

int terminal_printf(const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        return terminal_print(text, strlen(text));
}

/* As systemctl decides it: the setting, else whether somebody else's session runs us, as with sudo. */
static bool pager_must_be_secure(bool *ret_trusted) {
        const char *wish = getenv("SYSTEMD_PAGERSECURE");
        bool secure = true;
        uid_t uid;

        *ret_trusted = wish && parse_boolean(wish, &secure) >= 0;
        if (*ret_trusted)
                return secure;
        return wish || getenv("SUDO_UID") || sd_pid_get_owner_uid(0, &uid) < 0 || uid != geteuid();
}

/* In the child: becomes the pager, or passes the text on if there is none. */
static void pager_exec(char **wanted) {
        static const char *const pagers[] = { "pager", "less", "more" };
        const char *options = getenv("SYSTEMD_LESS"), *charset = getenv("SYSTEMD_LESSCHARSET");
        bool trusted, secure = pager_must_be_secure(&trusted);
        char buffer[4096];
        ssize_t n;

        (void) setenv("LESS", options ?: "FRSXMK", 1);
        if (charset || g_get_charset(NULL))
                (void) setenv("LESSCHARSET", charset ?: "utf-8", 1);
        if (secure)
                (void) setenv("LESSSECURE", "1", 1);
        else
                (void) unsetenv("LESSSECURE");

        /* a pager that may not know what secure means is taken only from someone who says that it does */
        if (wanted && (trusted || !secure))
                (void) execvp(wanted[0], wanted);
        for (size_t i = 0; i < G_N_ELEMENTS(pagers); i++)
                if (!secure || strcmp(pagers[i], "less") == 0)
                        (void) execlp(pagers[i], pagers[i], NULL);
        while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
                if (write_all(STDOUT_FILENO, buffer, (size_t) n) < 0)
                        break;
        _exit(EXIT_SUCCESS);
}

/* Words of $SYSTEMD_PAGER or $PAGER; *ret_off if they say that there shall be none. */
static char **pager_wanted(bool *ret_off) {
        const char *text = getenv("SYSTEMD_PAGER") ?: getenv("PAGER");
        char **words = NULL;

        *ret_off = text &&
                   (!g_shell_parse_argv(text, NULL, &words, NULL) || g_strcmp0(words[0], "cat") == 0);
        return words;
}

int terminal_page(const Ctl *c, const char *text, size_t size) {
        g_auto(GStrv) wanted = NULL;
        bool off = c->no_pager || !isatty(STDOUT_FILENO) || terminal_is_dumb();
        int pipe_fds[2];
        pid_t pid;

        if (!off)
                wanted = pager_wanted(&off);
        if (off || pipe2(pipe_fds, O_CLOEXEC) < 0)
                return terminal_print(text, size);

        pid = fork();
        if (pid == 0) {
                (void) dup2(pipe_fds[0], STDIN_FILENO);
                (void) close(pipe_fds[1]);
                pager_exec(wanted);
        }
        (void) close(pipe_fds[0]);
        if (pid > 0) {
                (void) signal(SIGINT, SIG_IGN); /* Ctrl-C is the pager's */
                (void) signal(SIGPIPE, SIG_IGN);
                (void) write_all(pipe_fds[1], text, size); /* a person may leave before the end */
        }
        (void) close(pipe_fds[1]);
        if (pid < 0)
                return terminal_print(text, size);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return STATUS_OK;
}
