/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/untold.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define READ_MAX 1024U /* ids at once */

struct Untold {
        Fd fd;
        sd_event_source *clear;
        bool written;
};

static int on_clear(sd_event_source *source, void *userdata) {
        Untold *untold = userdata;

        if (ftruncate(untold->fd, 0) < 0)
                log_warning("Ends of jobs may be told once more by the next jobd: %s", g_strerror(errno));
        untold->written = false;
        return 0;
}

int untold_new(sd_event *event, int dir_fd, Untold **ret) {
        Untold *untold = g_new0(Untold, 1);
        int r = 0;

        untold->fd = openat(dir_fd, "untold", O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (untold->fd < 0)
                r = -errno;
        if (r >= 0)
                r = sd_event_add_defer(event, &untold->clear, on_clear, untold);
        if (r >= 0) /* behind all that goes out in this turn of the loop */
                r = sd_event_source_set_priority(untold->clear, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_source_set_enabled(untold->clear, SD_EVENT_OFF);
        if (r < 0) {
                untold_free(untold);
                return r;
        }
        untold->written = true;
        *ret = untold;
        return 0;
}

void untold_free(Untold *untold) {
        sd_event_source_disable_unref(untold->clear);
        fd_clear(&untold->fd);
        g_free(untold);
}

void untold_add(Untold *untold, JobId id) {
        (void) sd_event_source_set_enabled(untold->clear, SD_EVENT_OFF);
        untold->written = true;
        if (write(untold->fd, &id, sizeof(id)) != sizeof(id))
                log_job(LOG_WARNING, id, -errno, "if jobd is killed now, its end is told to nobody");
}

void untold_clear(Untold *untold) {
        if (untold->written)
                (void) sd_event_source_set_enabled(untold->clear, SD_EVENT_ONESHOT);
}

int untold_read(const Untold *untold, void (*found)(JobId id, void *userdata), void *userdata) {
        JobId ids[READ_MAX];
        off_t at = 0;
        ssize_t n;

        while ((n = pread(untold->fd, ids, sizeof(ids), at)) > 0) {
                for (size_t i = 0; i < (size_t) n / sizeof(ids[0]); i++)
                        found(ids[i], userdata);
                at += n;
        }
        return n < 0 ? -errno : 0;
}
