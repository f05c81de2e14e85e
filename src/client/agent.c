/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "client/agent.h"
#include "client/interrupt.h"

/* Not from PATH: passwords are typed into it. */
#define PKTTYAGENT "/usr/bin/pkttyagent"

/* Root is not asked, another machine's polkit does not know this terminal, and a background process that
 * reads from its terminal is stopped. */
static bool is_of_use(const Client *c) {
        return !c->host && geteuid() != 0 && isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Who reads our output through a pipe must see its end when we end, not when the agent does. */
static void let_go_of_pipes(void) {
        int fd = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);

        for (int standard = STDOUT_FILENO; fd >= 0 && standard <= STDERR_FILENO; standard++)
                if (!isatty(standard))
                        (void) dup2(fd, standard);
}

/* A desktop's agent, if the session has one, is the better one. Outside of a session there is none, and
 * polkit (122) does not find an agent that stands back for it. */
static const char *stand_back(void) {
        g_autofree char *session = NULL;

        return sd_pid_get_session(0, &session) >= 0 ? "--fallback" : NULL;
}

/* In the child. `notify_fd` is closed when the agent is ready, or has ended. */
static void become_agent(pid_t parent, int notify_fd) {
        char fd_text[12], pid_text[12];
        sigset_t none;

        /* first of all: what comes later must find it set */
        (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
                _exit(EXIT_FAILURE);
        (void) signal(SIGPIPE, SIG_DFL);
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        let_go_of_pipes();
        (void) fcntl(notify_fd, F_SETFD, 0);
        (void) g_snprintf(fd_text, sizeof(fd_text), "%i", notify_fd);
        (void) g_snprintf(pid_text, sizeof(pid_text), "%i", parent);
        (void) execl(PKTTYAGENT, PKTTYAGENT, "--notify-fd", fd_text, "--process", pid_text, stand_back(),
                     NULL);
        _exit(EXIT_FAILURE);
}

/* Until the other end is closed, or a signal asks us to end. */
static void wait_for_close(int fd) {
        struct pollfd pollfd = { .fd = fd };

        while (!interrupt_peek() && ppoll(&pollfd, 1, NULL, interrupt_mask()) < 0 && errno == EINTR)
                ;
}

void agent_open(Client *c) {
        pid_t self = getpid();
        int pipe_fds[2];

        if (c->agent > 0 || !is_of_use(c) || pipe2(pipe_fds, O_CLOEXEC) < 0)
                return;
        c->agent = fork();
        if (c->agent == 0)
                become_agent(self, pipe_fds[1]);
        (void) close(pipe_fds[1]);
        if (c->agent > 0)
                wait_for_close(pipe_fds[0]);
        (void) close(pipe_fds[0]);
}

void agent_close(Client *c) {
        if (c->agent <= 0)
                return;
        (void) kill(c->agent, SIGTERM);
        (void) kill(c->agent, SIGCONT); /* a stopped one would not hear of it */
        while (waitpid(c->agent, NULL, 0) < 0 && errno == EINTR)
                ;
        c->agent = 0;
}
