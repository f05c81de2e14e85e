/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec/cgroup.h"
#include "exec/clock.h"

/* A pipe that was found full gets this size. Not from the start: the kernel counts them per user. */
#define PIPE_LARGE (256 * 1024)

int pipes_open(Pipes *pipes, bool merged, int out[_STREAM_MAX]) {
        *pipes = PIPES_NONE;
        for (int i = 0; i < _STREAM_MAX; i++) {
                int fds[2];

                if (merged && i == STREAM_STDERR) {
                        out[i] = fcntl(out[STREAM_STDOUT], F_DUPFD_CLOEXEC, 3);
                        return out[i] < 0 ? -errno : 0;
                }
                if (pipe2(fds, O_CLOEXEC) < 0)
                        return -errno;
                pipes->fds[i] = fds[0];
                out[i] = fds[1];
                /* our end alone: commands do not expect theirs to be like that */
                if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
                        return -errno;
        }
        return 0;
}

void pipes_close(Pipes *pipes, Stream stream) {
        if (pipes->fds[stream] >= 0)
                (void) close(pipes->fds[stream]);
        pipes->fds[stream] = -1;
        pipes->left[stream] = 0;
}

bool pipes_are_closed(const Pipes *pipes) {
        return pipes->fds[STREAM_STDOUT] < 0 && pipes->fds[STREAM_STDERR] < 0;
}

uint64_t pipes_pending(const Pipes *pipes, Stream stream) {
        int n = 0;

        if (pipes->fds[stream] < 0 || ioctl(pipes->fds[stream], FIONREAD, &n) < 0 || n < 0)
                return 0;
        return (uint64_t) n;
}

bool pipes_take_read(Pipes *pipes, Stream stream, ssize_t n) {
        if (n > 0) {
                pipes->drain.came = true;
                pipes->left[stream] -= usec_min(pipes->left[stream], (uint64_t) n);
        } else if (n < 0 && errno == EAGAIN)
                pipes->left[stream] = 0; /* others can open a pipe for reading, through /proc */
        else if (n == 0 || errno != ENOSPC)
                pipes_close(pipes, stream);
        return n > 0;
}

void pipes_enlarge(Pipes *pipes, Stream stream) {
        if (!pipes->large[stream])
                (void) fcntl(pipes->fds[stream], F_SETPIPE_SZ, PIPE_LARGE); /* only speed is at stake */
        pipes->large[stream] = true;
}

void pipes_drain(Pipes *pipes, uint64_t pause, uint64_t now) {
        for (int i = 0; i < _STREAM_MAX; i++)
                pipes->left[i] = pipes_pending(pipes, (Stream) i);
        drain_begin(&pipes->drain, pause, now);
}

void pipes_look(Pipes *pipes, const char *cgroup_root, uint64_t now) {
        drain_look(&pipes->drain,
                   &(DrainSight){
                                   .pending = pipes_pending(pipes, STREAM_STDOUT) +
                                                              pipes_pending(pipes, STREAM_STDERR) >
                                              0,
                                   .wanting = cgroup_others_want(cgroup_root),
                                   .cpu_usec = cgroup_others_cpu(cgroup_root),
                   },
                   now);
}

void pipes_cut(Pipes *pipes) {
        for (int i = 0; i < _STREAM_MAX; i++)
                if (pipes->fds[i] >= 0 && pipes->left[i] == 0) {
                        pipes->cut[i] = pipes_pending(pipes, (Stream) i);
                        pipes_close(pipes, (Stream) i);
                }
}
