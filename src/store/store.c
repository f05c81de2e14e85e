/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/parse.h"
#include "store/file.h"
#include "store/record-copy.h"
#include "store/record.h"
#include "store/store.h"

#define SPEC "spec"
#define SENT "sent"

int store_open(Store *store, const char *path) {
        *store = (Store){ .dir = -1, .ids.fd = -1, .copies = COPIES_NONE };
        if (g_mkdir_with_parents(path, 0700) < 0)
                return -errno;
        store->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (store->dir < 0)
                return -errno;
        /* until this process ends, however it does */
        if (flock(store->dir, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        return 0;
}

void store_close(Store *store) {
        id_counter_close(&store->ids);
        copies_close(&store->copies);
        fd_clear(&store->dir);
}

int store_keep_copies(Store *store, const char *path, const char *boot_id) {
        g_strlcpy(store->boot_id, boot_id, sizeof(store->boot_id));
        return copies_open(&store->copies, path);
}

int store_copy(Store *store, const Job *job) {
        const Job foreseen = job_foreseen(job);
        gsize size;
        g_autofree char *record = record_format(&foreseen, NULL, &size),
                        *text = record_copy_format(record, store->boot_id, &size);

        return copies_write(&store->copies, job->id, text, size);
}

static int open_job_dir(Store *store, JobId id, bool create, Fd *ret) {
        JobIdText name = job_id_folder(id);
        int fd;

        if (create && id.child > 0 && mkdirat(store->dir, job_id_folder(job_id(id.number)).text, 0700) < 0 &&
            errno != EEXIST)
                return -errno;
        if (create && mkdirat(store->dir, name.text, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(store->dir, name.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        *ret = fd;
        return 0;
}

static int load_record(Store *store, JobId id, RecordCopy *copy, Job **ret) {
        g_autofree char *text = NULL;
        g_autoptr(Job) job = NULL;
        g_auto(Fd) dir = -1;
        gsize size;
        int r;

        r = open_job_dir(store, id, false, &dir);
        if (r < 0)
                return r;
        r = file_read(dir, "job", RECORD_FILE_SIZE_MAX, &text, &size);
        if (r < 0)
                return r;
        r = record_parse_copied(text, size, copy, &job);
        if (r < 0)
                return r;
        if (!job_id_equal(job->id, id))
                return -EBADMSG;
        job_set_record_size(job, size);
        *ret = g_steal_pointer(&job);
        return 0;
}

/* A record that cannot be read is kept for a person to look at; the job is gone from the list. */
static void set_aside(Store *store, JobId id, int error) {
        g_auto(Fd) dir = -1;

        if (open_job_dir(store, id, false, &dir) < 0)
                return;
        if (error == -ENOENT) {
                /* killed between the making of the directory and the record: nobody was told of this job */
                (void) store_remove(store, id);
                return;
        }
        if (error == -EPROTONOSUPPORT) {
                log_job(LOG_WARNING, id, 0,
                        "its record is of a newer jobd and is left alone; until that runs, the job is not "
                        "listed");
                return;
        }
        if (error != -EBADMSG && error != -EFBIG) { /* the disk: not the record's fault */
                log_job(LOG_ERR, id, error, "its record cannot be read, it is left alone");
                return;
        }
        log_job(LOG_ERR, id, error, "its record is broken and set aside as job.broken");
        if (renameat(dir, "job", dir, "job.broken") < 0)
                log_job(LOG_ERR, id, -errno, "cannot be set aside");
}

typedef struct StoreLoad {
        Store *store;
        JobTable *table;
} StoreLoad;

/* With what a newer copy says. */
static int load_newest(Store *store, JobId id, Job **ret) {
        RecordCopy copy = { .boot_id = store->boot_id };
        g_autofree char *text = NULL;
        int r;

        if (copies_read(&store->copies, id, &text, &copy.size) < 0)
                return load_record(store, id, NULL, ret);
        copy.text = text;
        r = load_record(store, id, &copy, ret);
        if (r == -EBADMSG) /* that may be the copy's fault */
                return load_record(store, id, NULL, ret);
        if (r >= 0 && copy.error >= 0)
                copies_keep(&store->copies, id, copy.size);
        return r;
}

static int load_one(Store *store, JobTable *table, JobId id) {
        Job *job = NULL;
        int r = load_newest(store, id, &job);

        if (r == -ENOENT) {
                g_auto(Fd) dir = -1;

                /* what was set aside before stays where it is */
                if (open_job_dir(store, id, false, &dir) >= 0 && faccessat(dir, "job.broken", F_OK, 0) == 0)
                        return 0;
        }
        if (error_is_shortage(r)) /* the next jobd tries again: without this job it would be another's */
                return r;
        if (r < 0) {
                set_aside(store, id, r);
                return 0;
        }
        if (job_is_finished(job))
                job_request_free(job_take_request(job));
        else
                job_request_forget_words(job->request);
        job_table_add(table, job);
        return 0;
}

/* Those of a parent, which is in the table; what cannot be read has been told. */
static int load_children(Store *store, JobTable *table, Job *parent) {
        int r = 0;

        for (uint32_t i = 1; r >= 0 && i <= parent->family->n_children; i++) {
                JobId id = { .number = parent->id.number, .child = i };
                Job *child;

                r = load_one(store, table, id);
                child = job_table_find(table, id);
                if (child)
                        job_add_child(parent, child);
        }
        return r;
}

static int load_family(Store *store, JobTable *table, JobId id) {
        Job *job;
        int r = load_one(store, table, id);

        job = job_table_find(table, id);
        return r >= 0 && job && job->family ? load_children(store, table, job) : r;
}

/* A record that cannot be read may be at another start. */
static bool is_unread(JobId id, void *userdata) {
        const StoreLoad *load = userdata;

        return !job_table_find(load->table, id) &&
               faccessat(load->store->dir, job_id_folder(id).text, F_OK, 0) == 0;
}

/* On a new machine there is none, and nobody knows an id. */
static int go_on_without_counter(IdCounter *ids, StoreIds *known, void *userdata) {
        uint32_t highest = 0;
        int r = known(&highest, userdata);

        if (r < 0)
                return r;
        if (highest >= ids->next && highest < UINT32_MAX)
                ids->next = highest + 1;
        if (ids->next > 1)
                log_warning("next-id is missing: ids go on from %u", ids->next);
        return 0;
}

int store_load(Store *store, JobTable *table, const char *boot_id, StoreIds *known, void *userdata) {
        uint32_t highest = 0;
        JobId id;
        struct dirent *entry;
        DIR *dir;
        int fd = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir) {
                r = -errno;
                (void) close(fd);
                return r;
        }
        r = 0;
        while (r >= 0 && (entry = readdir(dir))) {
                if (job_id_parse(JOB_ID_FOLDER, entry->d_name, &id) < 0)
                        continue;
                highest = MAX(highest, id.number);
                r = load_family(store, table, id);
        }
        (void) closedir(dir);
        if (r < 0)
                return r;
        copies_sweep(&store->copies, is_unread, &(StoreLoad){ store, table });
        r = id_counter_open(&store->ids, store->dir, highest + 1, boot_id);
        if (r > 0)
                r = go_on_without_counter(&store->ids, known, userdata);
        if (r == -EBADMSG)
                log_error("next-id is damaged: to go on, remove it; ids go on from %u then, or from "
                          "where the journal of the jobs and their units say",
                          highest + 1);
        return r;
}

int store_save(Store *store, const Job *job) {
        const Job foreseen = job_foreseen(job);
        g_autoptr(JobRequest) loaded = NULL;
        g_autofree char *text = NULL;
        g_auto(Fd) dir = -1;
        gsize size;
        int r;

        if (!job_has_words(job)) {
                r = store_load_request(store, job->id, &loaded);
                if (r < 0)
                        return r;
        }
        text = record_format(&foreseen, loaded ? loaded : job->request, &size);
        r = open_job_dir(store, job->id, true, &dir);
        if (r < 0)
                return r;
        r = file_write_atomic(dir, "job", text, size);
        if (r >= 0)
                copies_drop(&store->copies, job->id);
        return r;
}

int store_save_spec(Store *store, JobId id, const void *blob, size_t size) {
        g_auto(Fd) dir = -1;
        int r = open_job_dir(store, id, true, &dir);

        if (r < 0)
                return r;
        return file_write_atomic(dir, SPEC, blob, size);
}

int store_load_spec(Store *store, JobId id, GBytes **ret) {
        g_auto(Fd) dir = -1;
        char *blob;
        gsize size;
        int r = open_job_dir(store, id, false, &dir);

        if (r < 0)
                return r;
        r = file_read(dir, SPEC, RECORD_FILE_SIZE_MAX, &blob, &size);
        if (r < 0)
                return r;
        *ret = g_bytes_new_take(blob, size);
        return 0;
}

void store_remove_spec(Store *store, JobId id) {
        g_auto(Fd) dir = -1;

        if (open_job_dir(store, id, false, &dir) < 0)
                return;
        if ((unlinkat(dir, SPEC, 0) < 0 && errno != ENOENT) ||
            (unlinkat(dir, SENT, 0) < 0 && errno != ENOENT))
                log_job(LOG_WARNING, id, -errno, "its environment cannot be erased");
}

static int sync_file(int dir_fd, const char *name) {
        g_auto(Fd) fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        return fd < 0 || fdatasync(fd) < 0 ? -errno : 0;
}

int store_sync(Store *store, JobId id) {
        g_auto(Fd) dir = -1;
        int r = open_job_dir(store, id, false, &dir);

        if (r >= 0)
                r = sync_file(dir, "job");
        if (r >= 0)
                r = sync_file(dir, SPEC);
        /* the names of the files, and of their directory */
        if (r >= 0 && (fsync(dir) < 0 || fsync(store->dir) < 0))
                r = -errno;
        return r;
}

static int rename_spec(Store *store, JobId id, const char *from, const char *to) {
        g_auto(Fd) dir = -1;
        int r = open_job_dir(store, id, false, &dir);

        if (r < 0)
                return r;
        return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}

int store_mark_sent(Store *store, JobId id) {
        return rename_spec(store, id, SPEC, SENT);
}

int store_mark_unsent(Store *store, JobId id) {
        return rename_spec(store, id, SENT, SPEC);
}

int store_load_request(Store *store, JobId id, JobRequest **ret) {
        g_autoptr(Job) job = NULL;
        int r = load_record(store, id, NULL, &job);

        if (r < 0)
                return r;
        *ret = job_take_request(job);
        return 0;
}

int store_forget(Store *store, JobId id) {
        g_auto(Fd) dir = -1;
        int r = open_job_dir(store, id, false, &dir);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        copies_drop(&store->copies, id);
        return unlinkat(dir, "job", 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* A file, or a child's folder with all that is in it. */
static void remove_entry(Store *store, JobId id, int dir, const char *name) {
        uint32_t child;

        if (unlinkat(dir, name, 0) < 0 && errno == EISDIR && id.child == 0 && parse_u32(name, &child) >= 0)
                (void) store_remove(store, (JobId){ .number = id.number, .child = child });
}

int store_remove(Store *store, JobId id) {
        struct dirent *entry;
        g_auto(Fd) dir = -1;
        DIR *listing;
        /* the record first: whatever interrupts this, the job does not come back */
        int fd, r = store_forget(store, id);

        if (r >= 0)
                r = open_job_dir(store, id, false, &dir);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        listing = fd < 0 ? NULL : fdopendir(fd);
        if (!listing)
                return -errno;
        while ((entry = readdir(listing)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        remove_entry(store, id, dir, entry->d_name);
        (void) closedir(listing);
        return unlinkat(store->dir, job_id_folder(id).text, AT_REMOVEDIR) < 0 ? -errno : 0;
}
