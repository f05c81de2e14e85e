/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "jobs/spec.h"
#include "output/cache.h"
#include "wire/exec-spec.h"

static void append_word(GByteArray *blob, const char *word) {
        g_byte_array_append(blob, (const guint8 *) word, (guint) strlen(word) + 1);
}

GBytes *spec_compose(const Job *job) {
        const JobRequest *request = job->request;
        OutputLimit limit = job_request_output_limit(request);
        GByteArray *blob = g_byte_array_new();
        ExecSpecHeader header = {
                .flags = (request->login_environment ? EXEC_SPEC_LOGIN_ENVIRONMENT : 0) |
                         (request->limits ? EXEC_SPEC_LIMITS : 0) |
                         (job_values_flag(request->values, JOB_OPTION_MERGE_OUTPUT) ? EXEC_SPEC_MERGE_OUTPUT
                                                                                    : 0),
                .job = job->id,
                .umask = (uint16_t) job_values_number(request->values, JOB_OPTION_UMASK),
                .stop_signal = (uint16_t) job_values_signal(request->values, JOB_OPTION_KILL_SIGNAL),
                .n_argv = g_strv_length(request->argv),
                .n_env = g_strv_length(request->environment),
                .allowed = output_allowed(&job->output, &limit),
        };

        memcpy(header.magic, EXEC_SPEC_MAGIC, sizeof(header.magic));
        memcpy(header.uuid, job->uuid, JOBD_UUID_SIZE);
        g_byte_array_append(blob, (const guint8 *) &header, sizeof(header));
        append_word(blob, request->directory);
        for (char **word = request->argv; *word; word++)
                append_word(blob, *word);
        for (char **word = request->environment; *word; word++)
                append_word(blob, *word);
        if (request->limits)
                g_byte_array_append(blob, (const guint8 *) request->limits, sizeof(*request->limits));
        header.size = blob->len;
        memcpy(blob->data, &header, sizeof(header));
        return g_byte_array_free_to_bytes(blob);
}

int spec_open(GBytes *spec, Fd *ret) {
        g_auto(Fd) fd = memfd_create("jobd-spec", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        gsize size, done = 0;
        const char *data = g_bytes_get_data(spec, &size);

        if (fd < 0)
                return -errno;
        while (done < size) {
                ssize_t n = write(fd, data + done, size - done);

                if (n < 0)
                        return -errno;
                done += (gsize) n;
        }
        if (lseek(fd, 0, SEEK_SET) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        *ret = fd_steal(&fd);
        return 0;
}
