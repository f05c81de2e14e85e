/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/journald.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/cgroup.h"

int journald_open(const ExecConfig *config) {
        pid_t pid = cgroup_first_process(config->cgroup_root, config->journald_procs);
        int fd;

        if (pid < 0)
                return pid;
        fd = (int) syscall(SYS_pidfd_open, pid, 0);
        if (fd < 0)
                return -errno;
        /* Still the same? Otherwise it died in between, and the number may be somebody else's by now. */
        if (cgroup_first_process(config->cgroup_root, config->journald_procs) != pid) {
                (void) close(fd);
                return -EAGAIN;
        }
        return fd;
}

bool journald_is_dead(int pidfd) {
        struct pollfd fd = { .fd = pidfd, .events = POLLIN };

        return poll(&fd, 1, 0) > 0;
}
