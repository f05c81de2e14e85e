/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/journal.h"

#include <errno.h>
#include <unistd.h>

#include "exec/compose.h"
#include "exec/journal-socket.h"
#include "exec/journald.h"

#define ASK_FIRST     (5 * USEC_PER_MSEC)
#define ASK_LONGEST   (1 * USEC_PER_SEC)
#define LOOK_FIRST    (1 * USEC_PER_MSEC)
#define LOOK_LONGEST  (1 * USEC_PER_SEC)
#define PROBE_FIRST   UINT64_C(50)
#define PROBE_LONGEST (1 * USEC_PER_SEC)

/* After so long without a record the barrier is brought up, and the window's memory given back. */
#define QUIET (50 * USEC_PER_MSEC)

/* While a new journald is expected, no new records: they would push out of the window what a second death at
 * this moment would lose. Not after a pause of this length (one second in all): the cgroup tree may be out
 * of sight. */
#define HOLD_PAUSE (512 * USEC_PER_MSEC)

int journal_init(Journal *journal, const ExecConfig *config) {
        *journal = (Journal){
                .config = config,
                .fd = -1,
                .journald = -1,
                .handled = true,
                .quiet_at = USEC_NEVER,
                .ask = RETRY_NONE,
                .look = RETRY_NONE,
                .probe = RETRY_NONE,
        };
        return window_init(&journal->window);
}

static void close_fd(int *fd) {
        if (*fd >= 0)
                (void) close(*fd);
        *fd = -1;
}

void journal_free(Journal *journal) {
        close_fd(&journal->fd);
        close_fd(&journal->journald);
        window_free(&journal->window);
}

/* Everything in the window goes out again, and the barrier starts anew. */
static void send_again(Journal *journal) {
        window_rewind(&journal->window);
        journal->blocked = false;
        journal->marked = false;
        journal->handled = window_is_empty(&journal->window);
        journal->probe = RETRY_NONE;
}

/* Looks for journald. True if a new one was found. */
static bool look(Journal *journal, uint64_t now) {
        int fd = journald_open(journal->config);

        if (fd < 0) {
                retry_again(&journal->look, now, LOOK_FIRST, LOOK_LONGEST);
                if (journal->look.pause > HOLD_PAUSE)
                        journal->holding = false;
                return false;
        }
        journal->journald = fd;
        journal->holding = false;
        journal->look = RETRY_NONE;
        send_again(journal);
        return true;
}

static void on_death(Journal *journal, uint64_t now) {
        close_fd(&journal->journald);
        journal->holding = true;
        journal->look = RETRY_NONE;
        if (!look(journal, now))
                send_again(journal); /* which also makes systemd start a new one */
}

bool journal_asks(Journal *journal, uint64_t now) {
        if (journal->fd >= 0 || (journal->ask.at != USEC_NEVER && now < journal->ask.at))
                return false;
        retry_again(&journal->ask, now, ASK_FIRST, ASK_LONGEST);
        return true;
}

int journal_attach(Journal *journal, int fd, uint64_t now) {
        if (journal->fd >= 0 || !journal_socket_is_one(fd)) {
                close_fd(&fd);
                return journal->fd >= 0 ? -EALREADY : -ENOTSOCK;
        }
        journal->fd = fd;
        journal->data_max = journal_socket_set_buffer(fd);
        journal->ask.at = USEC_NEVER; /* the pause goes on growing until something is taken */
        send_again(journal);
        if (journal->journald < 0)
                (void) look(journal, now); /* it tries again by itself */
        return 0;
}

/* After a failed send; the socket is closed unless it is only full. */
static void on_send_error(Journal *journal, int error, uint64_t now) {
        switch (error) {
        case EAGAIN:
                journal->blocked = true;
                return;
        case ENOBUFS:
        case ETOOMANYREFS: /* descriptors of this user that are on their way somewhere */
        case ENOMEM:       /* the kernel's, or the job's own limit; no event tells when that is over */
                retry_again(&journal->probe, now, USEC_PER_MSEC, PROBE_LONGEST);
                return;
        default:
                /* ECONNREFUSED: closed on the other side, with what was queued there */
                close_fd(&journal->fd);
                retry_again(&journal->ask, now, ASK_FIRST, ASK_LONGEST);
        }
}

/* What came of a send; true if it was taken. */
static bool is_sent(Journal *journal, int r, uint64_t now) {
        if (r < 0)
                on_send_error(journal, -r, now);
        else
                journal->blocked = false;
        return r >= 0;
}

static bool send_record(Journal *journal, const WindowRecord *record, uint64_t now) {
        return is_sent(journal,
                       record->fd >= 0 ? journal_socket_send_fd(journal->fd, record->fd)
                                       : journal_socket_send(journal->fd, record->bytes, record->size),
                       now);
}

static bool send_mark(Journal *journal, uint64_t now) {
        return is_sent(journal, journal_socket_send(journal->fd, NULL, 0), now);
}

static void flush(Journal *journal, uint64_t now) {
        WindowRecord record;

        while (window_next(&journal->window, &record)) {
                if (!send_record(journal, &record, now))
                        return;
                window_sent(&journal->window);
                journal->progress++;
                journal->probe = RETRY_NONE;
                journal->ask = RETRY_NONE;
        }
}

bool journal_is_taken(const Journal *journal) {
        return journal->fd >= 0 && journal_socket_queued(journal->fd) == 0;
}

bool journal_is_ready(const Journal *journal) {
        return journal->fd >= 0 && window_is_sent(&journal->window) && !journal->holding;
}

uint8_t *journal_reserve(Journal *journal, uint64_t now) {
        /* at rest nobody has watched it */
        if (journal->handled && journal->journald >= 0 && journald_is_dead(journal->journald))
                on_death(journal, now);
        return window_reserve(&journal->window, COMPOSE_FIELDS_MAX + journal->data_max);
}

static void committed(Journal *journal, uint64_t now) {
        journal->marked = false;
        journal->handled = false;
        journal->probe = RETRY_NONE;
        journal->quiet_at = now + QUIET;
        flush(journal, now);
}

void journal_commit(Journal *journal, size_t size, uint64_t now) {
        window_commit(&journal->window, size);
        committed(journal, now);
}

bool journal_takes_bulk(Journal *journal, uint64_t now) {
        if (!journal_is_ready(journal) || !journal_is_taken(journal))
                return false;
        /* with a record in its hands that its successor does not have */
        if (journal->journald >= 0 && journald_is_dead(journal->journald)) {
                on_death(journal, now);
                return false;
        }
        return true;
}

/*
 * The size of the queue does not bound what is in such records. But this one is sent when all before it has
 * been taken: only the last of those may still be in journald's hands. Unless the queue is empty as the
 * socket was closed with it; if this one is accepted, it was not.
 */
void journal_commit_bulk(Journal *journal, int fd, uint64_t now) {
        window_put_fd(&journal->window, fd);
        committed(journal, now);
        if (window_is_sent(&journal->window) && journal->journald >= 0)
                window_keep_last(&journal->window, 2);
}

void journal_end(Journal *journal) {
        journal->ending = true;
}

/* The queue has run empty behind the mark: is that what it seems? */
static void conclude(Journal *journal, uint64_t now) {
        /* A journald that died with a record in its hands did so before its successor took the mark. */
        if (journal->journald >= 0 && journald_is_dead(journal->journald)) {
                on_death(journal, now);
                return;
        }
        if (journal->journald < 0 && look(journal, now))
                return;
        if (journal->holding) {
                journal->probe = journal->look;
                return;
        }
        /* Taken, or closed with what was in it? If this is accepted, the socket was alive all the time. */
        if (!send_mark(journal, now))
                return;
        journal->handled = true;
        journal->look = RETRY_NONE;
        journal->quiet_at = USEC_NEVER;
        window_clear(&journal->window);
}

static void barrier(Journal *journal, uint64_t now) {
        int n;

        if (!journal->marked) {
                if (!send_mark(journal, now))
                        return;
                journal->marked = true;
                journal->queued = journal_socket_queued(journal->fd);
                journal->probe = RETRY_NONE;
        }
        n = journal_socket_queued(journal->fd);
        if (n < journal->queued) {
                journal->progress++;
                journal->probe.pause = 0;
        }
        journal->queued = n;
        if (n > 0) {
                retry_again(&journal->probe, now, PROBE_FIRST, PROBE_LONGEST);
                return;
        }
        journal->probe = RETRY_NONE;
        conclude(journal, now);
}

void journal_step(Journal *journal, uint64_t now, bool died) {
        if (died)
                on_death(journal, now);
        if (journal->fd < 0)
                return;
        if (journal->journald < 0 && journal->look.at <= now)
                (void) look(journal, now);
        if (journal->probe.at != USEC_NEVER && now < journal->probe.at)
                return;
        flush(journal, now);
        if (journal->fd >= 0 && window_is_sent(&journal->window) && !journal->handled &&
            (journal->ending || now >= journal->quiet_at))
                barrier(journal, now);
}

struct pollfd journal_poll_socket(const Journal *journal) {
        /* without POLLOUT nothing is asked: POLLHUP would be told again and again */
        return (struct pollfd){ .fd = journal->blocked ? journal->fd : -1, .events = POLLOUT };
}

struct pollfd journal_poll_journald(const Journal *journal) {
        /* Not at rest: nothing can be lost, and journald goes and comes by itself when nobody has work for
         * it. */
        return (struct pollfd){ .fd = journal->handled ? -1 : journal->journald, .events = POLLIN };
}

uint64_t journal_deadline(const Journal *journal) {
        uint64_t deadline = journal->probe.at;

        if (journal->fd < 0)
                return journal->ask.at; /* nothing else can be done */
        if (journal->journald < 0 && (!journal->handled || journal->holding))
                deadline = usec_min(deadline, journal->look.at);
        /* the barrier, unless something else comes first */
        if (deadline == USEC_NEVER && !journal->handled && !journal->blocked)
                deadline = journal->ending ? 0 : journal->quiet_at;
        return deadline;
}
