/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/cleanup.h"
#include "output/reader.h"
#include "wire/record.h"

/* Of one turn of the loop; the bus waits no longer than this. */
#define SLICE_BYTES (4U * 1024U * 1024U)
#define SLICE_USEC  UINT64_C(10000)

/* More than there are folders on the way to a journal's files. */
#define SPARE_DESCRIPTORS 4U

/*
 * A turn comes after whatever the bus and the jobs have to say, but no later than this. In the same priority
 * it would take every turn: sd-bus works off what it has read with a timer that it sets anew, and so is
 * always the latest.
 */
#define TURN_PRIORITY    (SD_EVENT_PRIORITY_NORMAL + 10)
#define OVERDUE_PRIORITY (SD_EVENT_PRIORITY_NORMAL - 10)
#define OVERDUE_USEC     UINT64_C(50000)

struct Reader {
        sd_event *event;
        char *directory;
        const ReaderEvents *events;
        void *userdata;

        sd_journal *journal;
        sd_event_source *turn, *overdue, *inotify;
        bool was_absent; /* at the last attempt to open it */
        char *mark;
};

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

/*
 * sd-journal leaves out what it cannot open without a word: where no descriptors are left, what is not found
 * may be there all the same. It has given back those of the folders that it read by then.
 */
static int check_descriptors(void) {
        Fd spare[SPARE_DESCRIPTORS];
        int r = 0;

        for (size_t i = 0; i < G_N_ELEMENTS(spare); i++) {
                spare[i] = open("/", O_PATH | O_CLOEXEC);
                if (spare[i] < 0)
                        r = -errno;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(spare); i++)
                fd_clear(&spare[i]);
        return r;
}

/* Returns as ReaderEvents.slice gets it: 1 at the end, 0 if more is there. */
static int read_slice(Reader *reader) {
        uint64_t until = now_usec() + SLICE_USEC, bytes = 0;
        int r;

        /* rotation and vacuuming by journald: files come, go and change their names */
        r = sd_journal_process(reader->journal);
        if (r < 0)
                return r;
        do {
                JournalRecord record;

                r = sd_journal_next(reader->journal);
                if (r <= 0)
                        return r < 0 ? r : 1;
                /* whatever is wrong with one entry, the next one is another */
                if (journal_record_read(reader->journal, &record) < 0)
                        continue;
                reader->events->record(&record, reader->userdata);
                bytes += record.size;
        } while (bytes < SLICE_BYTES && now_usec() < until);
        return 0;
}

static int run(Reader *reader) {
        int r;

        reader_sleep(reader);
        r = read_slice(reader);
        if (r == 0)
                reader_wake(reader);
        else if (r < 0)
                reader_close(reader);
        reader->events->slice(r > 0, MIN(r, 0), reader->userdata); /* may free the reader */
        return 0;
}

static int on_turn(sd_event_source *source, uint64_t usec, void *userdata) {
        return run(userdata);
}

static int on_inotify(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        return run(userdata);
}

static int new_timer(Reader *reader, int64_t priority, const char *name, sd_event_source **ret) {
        int r = sd_event_add_time(reader->event, ret, CLOCK_MONOTONIC, 0, 1, on_turn, reader);

        if (r < 0)
                return r;
        (void) sd_event_source_set_description(*ret, name);
        r = sd_event_source_set_priority(*ret, priority);
        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int reader_new(sd_event *event, const char *directory, const ReaderEvents *events, void *userdata,
               Reader **ret) {
        g_autoptr(Reader) reader = g_new0(Reader, 1);
        int r;

        reader->event = sd_event_ref(event);
        reader->directory = g_strdup(directory);
        reader->events = events;
        reader->userdata = userdata;
        r = new_timer(reader, TURN_PRIORITY, "journal-reader", &reader->turn);
        if (r < 0)
                return r;
        r = new_timer(reader, OVERDUE_PRIORITY, "journal-reader-overdue", &reader->overdue);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&reader);
        return 0;
}

void reader_free(Reader *reader) {
        if (!reader)
                return;
        reader_close(reader);
        sd_event_source_disable_unref(reader->turn);
        sd_event_source_disable_unref(reader->overdue);
        sd_event_unref(reader->event);
        g_free(reader->directory);
        g_free(reader);
}

void reader_close(Reader *reader) {
        reader_sleep(reader);
        reader->inotify = sd_event_source_disable_unref(reader->inotify);
        g_clear_pointer(&reader->journal, sd_journal_close);
        g_clear_pointer(&reader->mark, g_free);
        reader->was_absent = false;
}

/*
 * A namespace without a directory opens without an error, and sd-journal does not see the directory come. So
 * one without files counts as absent.
 */
static int open_journal(const Reader *reader, sd_journal **ret) {
        g_autoptr(sd_journal) journal = NULL;
        int r;

        if (reader->directory)
                r = sd_journal_open_directory(&journal, reader->directory, 0);
        else
                r = sd_journal_open_namespace(&journal, JOBD_JOURNAL_NAMESPACE, SD_JOURNAL_LOCAL_ONLY);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        r = check_descriptors();
        if (r < 0)
                return r;
        if (!reader->directory && sd_journal_has_persistent_files(journal) <= 0 &&
            sd_journal_has_runtime_files(journal) <= 0)
                return 0;
        r = sd_journal_set_data_threshold(journal, RECORD_READ_THRESHOLD);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&journal);
        return 1;
}

/*
 * The follower uses no match, though it wants jobd's records alone. journald counts an entry before it links
 * it to the lists by which matches are found; a reader that comes in between finds nothing, keeps the new
 * count, and does not look again until there is yet another entry.
 */

/* Stands behind the last entry; sd_journal_seek_tail() alone would never see what comes after it. */
static int seek_end(sd_journal *journal) {
        int r;

        r = sd_journal_seek_tail(journal);
        if (r < 0)
                return r;
        r = sd_journal_previous(journal);
        return r != 0 ? MIN(r, 0) : sd_journal_seek_head(journal);
}

int reader_follow(Reader *reader) {
        g_autoptr(sd_journal) journal = NULL;
        int fd, r;

        if (reader->journal)
                return 1;
        r = open_journal(reader, &journal);
        if (r <= 0) {
                reader->was_absent = r == 0;
                return r;
        }
        fd = sd_journal_get_fd(journal);
        if (fd < 0)
                return fd;
        r = reader->was_absent ? sd_journal_seek_head(journal) : seek_end(journal);
        if (r < 0)
                return r;
        r = sd_event_add_io(reader->event, &reader->inotify, fd, EPOLLIN, on_inotify, reader);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(reader->inotify, "journal-inotify");
        reader->journal = g_steal_pointer(&journal);
        reader_wake(reader);
        return 1;
}

int reader_query(Reader *reader, const char *uuid) {
        char match[sizeof("JOBD_JOB=") + JOBD_UUID_SIZE];
        int r;

        if (!reader->journal) {
                g_autoptr(sd_journal) journal = NULL;

                r = open_journal(reader, &journal);
                if (r <= 0)
                        return r;
                r = sd_journal_get_fd(journal); /* for sd_journal_process() */
                if (r < 0)
                        return r;
                reader->journal = g_steal_pointer(&journal);
        }
        (void) g_snprintf(match, sizeof(match), "JOBD_JOB=%s", uuid);
        sd_journal_flush_matches(reader->journal);
        r = sd_journal_add_match(reader->journal, match, 0);
        if (r < 0)
                return r;
        r = sd_journal_seek_head(reader->journal);
        if (r < 0)
                return r;
        reader_wake(reader);
        return 1;
}

int reader_check(Reader *reader) {
        int r = check_descriptors();

        if (r < 0)
                reader_close(reader);
        return r;
}

bool reader_is_open(const Reader *reader) {
        return reader->journal != NULL;
}

void reader_wake(Reader *reader) {
        if (!reader->journal)
                return;
        (void) sd_event_source_set_enabled(reader->turn, SD_EVENT_ONESHOT);
        if (sd_event_source_get_enabled(reader->overdue, NULL) > 0)
                return;
        (void) sd_event_source_set_time_relative(reader->overdue, OVERDUE_USEC);
        (void) sd_event_source_set_enabled(reader->overdue, SD_EVENT_ONESHOT);
}

void reader_sleep(Reader *reader) {
        (void) sd_event_source_set_enabled(reader->turn, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(reader->overdue, SD_EVENT_OFF);
}

void reader_mark(Reader *reader) {
        g_clear_pointer(&reader->mark, g_free);
        (void) sd_journal_get_cursor(reader->journal, &reader->mark);
}

int reader_rewind(Reader *reader) {
        int r;

        if (!reader->journal || !reader->mark)
                return -ESTALE;
        r = sd_journal_seek_cursor(reader->journal, reader->mark);
        if (r < 0)
                return r;
        reader_wake(reader);
        return 0;
}
