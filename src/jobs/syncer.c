/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "jobs/syncer.h"
#include "output/segment.h"

/* Jobs whose own files are brought to the disk. */
#define FEW 4U

/* Shared with the thread; the last of both frees it. */
typedef struct Shared {
        GMutex mutex;
        GCond cond;
        uint64_t asked, done; /* numbers of requests */
        GArray *ids;          /* of jobs that were asked for since the last pass */
        int error;            /* −errno of a pass since the loop looked; 0 */
        bool ends;
        Fd dir_fd, event_fd;
} Shared;

struct Syncer {
        Shared *shared;
        sd_event_source *source;
        SyncerFunc on_done;
        void *userdata;
};

static void shared_clear(gpointer p) {
        Shared *shared = p;

        fd_clear(&shared->dir_fd);
        fd_clear(&shared->event_fd);
        g_mutex_clear(&shared->mutex);
        g_cond_clear(&shared->cond);
        g_array_unref(shared->ids);
}

static void release(Shared *shared) {
        g_atomic_rc_box_release_full(shared, shared_clear);
}

/* The request to be done next, and all before it, with the jobs; 0: it is over. */
static uint64_t wait_for_work(Shared *shared, GArray **ret_ids) {
        uint64_t next;

        g_mutex_lock(&shared->mutex);
        while (shared->asked == shared->done && !shared->ends)
                g_cond_wait(&shared->cond, &shared->mutex);
        next = shared->ends ? 0 : shared->asked;
        *ret_ids = shared->ids;
        shared->ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        g_mutex_unlock(&shared->mutex);
        return next;
}

static void tell_done(Shared *shared, uint64_t done, int r) {
        g_mutex_lock(&shared->mutex);
        shared->done = done;
        if (r < 0)
                shared->error = r;
        g_mutex_unlock(&shared->mutex);
        (void) eventfd_write(shared->event_fd, 1);
}

static int sync_segments(int dir) {
        g_autoptr(GArray) starts = NULL;
        int r = segment_list(dir, &starts);

        for (guint i = 0; r >= 0 && i < starts->len; i++) {
                g_auto(Fd) fd = segment_open(dir, g_array_index(starts, uint64_t, i), O_RDONLY);

                if (fd < 0)
                        r = fd == -ENOENT ? 0 : fd; /* received meanwhile */
                else if (fdatasync(fd) < 0)
                        r = -errno;
        }
        return r;
}

/* The record last, as it says that the rest is there. Its name, which was changed before, goes with it. */
static int sync_job(int state_dir, JobId id) {
        g_auto(Fd) dir = segment_open_dir(state_dir, id), fd = -1;
        int r;

        if (dir < 0)
                return dir == -ENOENT ? 0 : dir; /* removed meanwhile */
        r = sync_segments(dir);
        if (r < 0)
                return r;
        fd = openat(dir, "job", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        return fsync(fd) < 0 ? -errno : 0;
}

static int sync_all(int state_dir, const GArray *ids) {
        int r = 0;

        if (ids->len > FEW)
                return syncfs(state_dir) < 0 ? -errno : 0;
        for (guint i = 0; i < ids->len; i++) {
                int q = sync_job(state_dir, g_array_index(ids, JobId, i));

                r = r < 0 ? r : q;
        }
        return r;
}

static gpointer run(gpointer data) {
        Shared *shared = data;
        uint64_t next;

        for (;;) {
                g_autoptr(GArray) ids = NULL;

                next = wait_for_work(shared, &ids);
                if (next == 0)
                        break;
                tell_done(shared, next, sync_all(shared->dir_fd, ids));
        }
        release(shared);
        return NULL;
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Syncer *syncer = userdata;
        Shared *shared = syncer->shared;
        eventfd_t ignored;
        uint64_t done;
        int r;

        (void) eventfd_read(fd, &ignored);
        g_mutex_lock(&shared->mutex);
        done = shared->done;
        r = shared->error;
        shared->error = 0;
        g_mutex_unlock(&shared->mutex);
        syncer->on_done(done, r, syncer->userdata);
        return 0;
}

static int start_thread(Shared *shared) {
        sigset_t all, before;
        GThread *thread;

        /* signals are the loop's */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        thread = g_thread_try_new("sync", run, g_atomic_rc_box_acquire(shared), NULL);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!thread) {
                release(shared);
                return -EAGAIN;
        }
        g_thread_unref(thread);
        return 0;
}

int syncer_new(sd_event *event, int dir_fd, SyncerFunc on_done, void *userdata, Syncer **ret) {
        g_autoptr(Syncer) syncer = g_new0(Syncer, 1);
        Shared *shared = g_atomic_rc_box_new0(Shared);
        int r;

        g_mutex_init(&shared->mutex);
        g_cond_init(&shared->cond);
        shared->ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        syncer->shared = shared;
        syncer->on_done = on_done;
        syncer->userdata = userdata;
        shared->dir_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* not its lock */
        shared->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (shared->dir_fd < 0 || shared->event_fd < 0)
                return -errno;
        r = sd_event_add_io(event, &syncer->source, shared->event_fd, EPOLLIN, on_event, syncer);
        if (r >= 0)
                r = start_thread(shared);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&syncer);
        return 0;
}

void syncer_free(Syncer *syncer) {
        Shared *shared = syncer->shared;

        g_mutex_lock(&shared->mutex);
        shared->ends = true;
        g_cond_signal(&shared->cond);
        g_mutex_unlock(&shared->mutex);
        sd_event_source_disable_unref(syncer->source);
        release(shared);
        g_free(syncer);
}

uint64_t syncer_ask(Syncer *syncer, JobId id) {
        Shared *shared = syncer->shared;
        uint64_t number;

        g_mutex_lock(&shared->mutex);
        number = ++shared->asked;
        g_array_append_val(shared->ids, id);
        g_cond_signal(&shared->cond);
        g_mutex_unlock(&shared->mutex);
        return number;
}
