/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/copies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/file.h"

#define COPY_SIZE_MAX (256U * 1024U)
#define PAGE          4096U

static gsize in_pages(gsize size) {
        return (size + PAGE - 1) / PAGE * PAGE;
}

int copies_open(Copies *copies, const char *path) {
        copies->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (copies->dir < 0)
                return -errno;
        copies->ids = job_map_new(NULL);
        return 0;
}

void copies_close(Copies *copies) {
        fd_clear(&copies->dir);
        g_clear_pointer(&copies->ids, g_hash_table_unref);
}

int copies_read(Copies *copies, JobId id, char **ret_text, gsize *ret_size) {
        if (copies->dir < 0)
                return -ENOENT;
        return file_read(copies->dir, job_id_label(id).text, COPY_SIZE_MAX, ret_text, ret_size);
}

static void forget(Copies *copies, JobId id) {
        copies->size -= GPOINTER_TO_SIZE(job_map_get(copies->ids, id));
        (void) job_map_remove(copies->ids, id);
}

void copies_keep(Copies *copies, JobId id, gsize size) {
        forget(copies, id);
        copies->size += in_pages(size);
        (void) job_map_set(copies->ids, id, GSIZE_TO_POINTER(in_pages(size)));
}

int copies_write(Copies *copies, JobId id, const char *text, gsize size) {
        gsize others;
        int r;

        if (copies->dir < 0)
                return -ENOENT;
        others = copies->size - GPOINTER_TO_SIZE(job_map_get(copies->ids, id));
        if (size > COPY_SIZE_MAX || others + in_pages(size) > COPIES_SIZE_MAX)
                return -ENOSPC;
        r = file_write_atomic(copies->dir, job_id_label(id).text, text, size);
        if (r >= 0)
                copies_keep(copies, id, size);
        return r;
}

void copies_drop(Copies *copies, JobId id) {
        if (copies->dir < 0 || !job_map_has(copies->ids, id))
                return;
        (void) unlinkat(copies->dir, job_id_label(id).text, 0);
        forget(copies, id);
}

void copies_sweep(Copies *copies, bool (*is_needed)(JobId id, void *userdata), void *userdata) {
        int fd = copies->dir < 0 ? -1 : openat(copies->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir) {
                fd_clear(&fd);
                return;
        }
        while ((entry = readdir(dir))) {
                JobId id;

                if (entry->d_name[0] == '.' || (job_id_parse(JOB_ID_LABEL, entry->d_name, &id) >= 0 &&
                                                (job_map_has(copies->ids, id) || is_needed(id, userdata))))
                        continue;
                (void) unlinkat(copies->dir, entry->d_name, 0);
        }
        (void) closedir(dir);
}
