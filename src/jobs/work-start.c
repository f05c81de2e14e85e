/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "build-config.h"
#include "jobs/spec.h"
#include "jobs/work-internal.h"

/* jobd's own standard input is the machine's /dev/null. The one that jobd sees in its box goes with jobd,
 * and what checks paths, as AppArmor does, knows it not. */
static int open_null(void) {
        struct stat st;
        bool null = fstat(STDIN_FILENO, &st) >= 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);

        return open(null ? "/proc/self/fd/0" : "/dev/null", O_RDONLY | O_CLOEXEC);
}

static int open_input(Job *job) {
        if (job->request->standard_input >= 0)
                return 0;
        job->request->standard_input = open_null();
        return job->request->standard_input < 0 ? -errno : 0;
}

static int start(Work *work, GBytes *spec) {
        Jobs *jobs = work->jobs;
        Job *job = work->job;
        g_auto(Fd) spec_fd = -1, control_fd = -1;
        int r;

        r = spec_open(spec, &spec_fd);
        if (r >= 0)
                r = open_input(job);
        if (r >= 0)
                r = work_open_channel(work, &control_fd);
        if (r >= 0)
                r = work_collect(work, false);
        if (r < 0)
                return r;
        r = unit_start(jobs->units,
                       &(UnitSettings){
                                       .id = job->id,
                                       .uuid = job->uuid,
                                       .uid = job->uid,
                                       .gid = job->request->gid,
                                       .exec_path = JOBD_EXEC_PATH,
                                       .spec_fd = spec_fd,
                                       .control_fd = control_fd,
                                       .input_fd = job->request->standard_input,
                                       .values = job->request->values,
                                       .properties = job->request->properties,
                       },
                       &work_unit_handler, work, &work->unit);
        return r;
}

int work_start(Jobs *jobs, Job *job, GBytes *stored_spec) {
        g_autoptr(GBytes) spec = stored_spec ? g_bytes_ref(stored_spec) : spec_compose(job);
        Work *work = work_new(jobs, job);
        int r;

        job_set_boot(job, jobs->places.boot_id); /* it may have waited over a reboot */
        r = start(work, spec);
        /* sent: it is not needed here any more. Where it waits, what was given to the job is kept, our own
         * is not */
        if (r >= 0 || !job->request->had_input)
                fd_clear(&job->request->standard_input);
        if (r < 0)
                job_map_remove(jobs->works, job->id);
        return r;
}
