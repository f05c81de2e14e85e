/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "daemon/syncer.h"

/* Shared with the thread; the last of both frees it. */
struct Syncer {
        GMutex mutex;
        GCond cond;
        bool asked, ends;
        Fd dir_fd;
};

static void syncer_clear(gpointer p) {
        Syncer *syncer = p;

        fd_clear(&syncer->dir_fd);
        g_mutex_clear(&syncer->mutex);
        g_cond_clear(&syncer->cond);
}

static void release(Syncer *syncer) {
        g_atomic_rc_box_release_full(syncer, syncer_clear);
}

/* False: it is over. */
static bool wait_for_work(Syncer *syncer) {
        bool ends;

        g_mutex_lock(&syncer->mutex);
        while (!syncer->asked && !syncer->ends)
                g_cond_wait(&syncer->cond, &syncer->mutex);
        syncer->asked = false;
        ends = syncer->ends;
        g_mutex_unlock(&syncer->mutex);
        return !ends;
}

static gpointer run(gpointer data) {
        Syncer *syncer = data;

        while (wait_for_work(syncer))
                (void) syncfs(syncer->dir_fd); /* what fails, the kernel logs; there is nobody to try it again */
        release(syncer);
        return NULL;
}

int syncer_new(int dir_fd, Syncer **ret) {
        Syncer *syncer;
        sigset_t all, before;
        GThread *thread;
        int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);

        if (fd < 0)
                return -errno;
        syncer = g_atomic_rc_box_new0(Syncer);
        syncer->dir_fd = fd;
        g_mutex_init(&syncer->mutex);
        g_cond_init(&syncer->cond);

        /* signals are the loop's */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        thread = g_thread_try_new("sync", run, g_atomic_rc_box_acquire(syncer), NULL);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!thread) {
                release(syncer);
                release(syncer);
                return -EAGAIN;
        }
        g_thread_unref(thread);
        *ret = syncer;
        return 0;
}

static void tell(Syncer *syncer, bool ends) {
        g_mutex_lock(&syncer->mutex);
        syncer->asked = true;
        syncer->ends = ends;
        g_cond_signal(&syncer->cond);
        g_mutex_unlock(&syncer->mutex);
}

void syncer_free(Syncer *syncer) {
        tell(syncer, true);
        release(syncer);
}

void syncer_ask(Syncer *syncer) {
        tell(syncer, false);
}
