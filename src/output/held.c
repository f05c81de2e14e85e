/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "output/held.h"
#include "output/segment.h"

#define HELD_DIR      "held"
#define HELD_NAME_MAX 80U

typedef struct Held {
        Fd fd;
        uint64_t size;
        char name[HELD_NAME_MAX]; /* in STATEDIR/held */
} Held;

static void cut_all(DIR *dir) {
        const struct dirent *entry;

        while ((entry = readdir(dir))) {
                g_auto(Fd) fd = -1;

                if (entry->d_name[0] == '.')
                        continue;
                fd = openat(dirfd(dir), entry->d_name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
                (void) unlinkat(dirfd(dir), entry->d_name, 0);
        }
}

int held_open_dir(int state_dir) {
        g_auto(Fd) fd = -1;
        DIR *listing;
        int copy;

        if (mkdirat(state_dir, HELD_DIR, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(state_dir, HELD_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        listing = copy < 0 ? NULL : fdopendir(copy);
        if (!listing)
                return -errno;
        cut_all(listing);
        (void) closedir(listing);
        return fd_steal(&fd);
}

bool held_is_open_elsewhere(int fd) {
        if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
                return errno == EAGAIN || errno == EBUSY;
        (void) fcntl(fd, F_SETLEASE, F_UNLCK);
        return false;
}

static void release(OutputAccount *account, GList *link) {
        Held *held = link->data;

        (void) !ftruncate(held->fd, 0);
        (void) unlinkat(account->all->held_dir, held->name, 0);
        fd_clear(&held->fd);
        account->sum.bytes -= held->size;
        account->all->n_held--;
        g_free(held);
        g_queue_delete_link(&account->held, link);
}

void held_check(OutputAccount *account) {
        for (GList *link = account->held.head, *next; link; link = next) {
                const Held *held = link->data;

                next = link->next;
                if (!held_is_open_elsewhere(held->fd))
                        release(account, link);
        }
}

void held_clear(OutputAccount *account) {
        while (account->held.head)
                release(account, account->held.head);
}

static bool is_full(const OutputAccount *account) {
        return account->held.length >= HELD_MAX_OF_ONE || account->all->n_held >= HELD_MAX;
}

static bool make_room(OutputAccount *account) {
        if (is_full(account) && account->held.head)
                release(account, account->held.head);
        return !is_full(account);
}

/* Takes the descriptor, if it is held. */
static bool hold(OutputAccount *account, int dir, JobId id, uint64_t start, Fd *fd) {
        g_autofree Held *held = g_new0(Held, 1);
        struct stat st;

        if (fstat(*fd, &st) < 0 || !make_room(account))
                return false;
        (void) snprintf(held->name, sizeof(held->name), "%s.%" PRIu64, job_id_label(id).text, start);
        if (segment_move(dir, start, account->all->held_dir, held->name) < 0)
                return false;
        held->fd = fd_steal(fd);
        held->size = (uint64_t) st.st_size;
        account->sum.bytes += held->size;
        account->all->n_held++;
        g_queue_push_tail(&account->held, g_steal_pointer(&held));
        return true;
}

void held_let_go(OutputAccount *account, int dir, JobId id, uint64_t start) {
        g_auto(Fd) fd = account ? segment_open(dir, start, O_RDWR) : -1;

        if (account)
                held_check(account);
        if (fd >= 0 && held_is_open_elsewhere(fd) && hold(account, dir, id, start, &fd))
                return;
        (void) (account ? segment_cut(dir, start) : segment_unlink(dir, start));
}
