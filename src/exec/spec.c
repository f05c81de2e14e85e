/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without these its sender could change it between the check and the use. */
#define SEALS_NEEDED (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static bool uuid_is_valid(const char *uuid, size_t size) {
        for (size_t i = 0; i < JOBD_UUID_SIZE - 1; i++) {
                bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

                /* lower case alone, as jobd writes it: it is compared as text, and put into records */
                if (hyphen ? uuid[i] != '-' : strchr("0123456789abcdef", uuid[i]) == NULL || uuid[i] == '\0')
                        return false;
        }
        for (size_t i = JOBD_UUID_SIZE - 1; i < size; i++)
                if (uuid[i] != '\0')
                        return false;
        return true;
}

static bool header_is_valid(const ExecSpecHeader *header, size_t size) {
        size_t strings = size - sizeof(ExecSpecHeader);

        return memcmp(header->magic, EXEC_SPEC_MAGIC, sizeof(header->magic)) == 0 && header->size == size &&
               (header->flags &
                ~(EXEC_SPEC_LOGIN_ENVIRONMENT | EXEC_SPEC_LIMITS | EXEC_SPEC_MERGE_OUTPUT)) == 0 &&
               header->job.number > 0 && (header->umask & ~0777) == 0 && header->stop_signal > 0 &&
               header->stop_signal <= SIGRTMAX && header->n_argv >= 1 &&
               /* each string has at least its NUL: bounds what is allocated for them */
               header->n_argv <= strings && header->n_env <= strings &&
               uuid_is_valid(header->uuid, sizeof(header->uuid));
}

/* The string at *at, which moves behind it; NULL if it does not end before `end`. */
static char *next_string(char **at, const char *end) {
        char *string = *at;
        char *nul = memchr(string, '\0', (size_t) (end - string));

        if (nul == NULL)
                return NULL;
        *at = nul + 1;
        return string;
}

static char **next_strings(char **at, const char *end, uint32_t n) {
        char **strings = calloc((size_t) n + 1, sizeof(*strings));

        if (strings == NULL)
                return NULL;
        for (uint32_t i = 0; i < n; i++) {
                strings[i] = next_string(at, end);
                if (strings[i] == NULL) {
                        free(strings);
                        return NULL;
                }
        }
        return strings;
}

static bool assignments_are_valid(char **env) {
        for (; *env != NULL; env++)
                if (**env == '=' || strchr(*env, '=') == NULL)
                        return false;
        return true;
}

/* They stand before *end, which moves to their beginning. */
static bool take_limits(const ExecSpecHeader *header, const char **end, ExecLimits *ret) {
        *ret = EXEC_LIMITS_NONE;
        if ((header->flags & EXEC_SPEC_LIMITS) == 0)
                return true;
        if (header->size < sizeof(*header) + sizeof(*ret))
                return false;
        *end -= sizeof(*ret);
        memcpy(ret, *end, sizeof(*ret));
        return ret->cpus[sizeof(ret->cpus) - 1] == '\0';
}

int spec_parse(void *mapping, size_t size, Spec *ret) {
        Spec spec = { .mapping = mapping, .size = size };
        char *at = (char *) mapping + sizeof(ExecSpecHeader);
        const char *end = (char *) mapping + size;

        if (size < sizeof(ExecSpecHeader) || size > EXEC_SPEC_SIZE_MAX)
                return -EBADMSG;
        memcpy(&spec.header, mapping, sizeof(spec.header));
        if (!header_is_valid(&spec.header, size) || !take_limits(&spec.header, &end, &spec.limits))
                return -EBADMSG;

        spec.directory = next_string(&at, end);
        if (spec.directory != NULL)
                spec.argv = next_strings(&at, end, spec.header.n_argv);
        if (spec.argv != NULL)
                spec.env = next_strings(&at, end, spec.header.n_env);
        if (spec.env == NULL || at != end || strlen(spec.directory) >= JOBD_PATH_MAX ||
            !assignments_are_valid(spec.env)) {
                free(spec.argv);
                free(spec.env);
                return -EBADMSG;
        }

        *ret = spec;
        return 0;
}

bool spec_claim(int fd) {
        return lseek(fd, 0, SEEK_CUR) == 0 && lseek(fd, EXEC_SPEC_TAKEN, SEEK_SET) == EXEC_SPEC_TAKEN;
}

int spec_read(int fd, Spec *ret) {
        struct stat st;
        void *mapping;
        int seals, r;

        seals = fcntl(fd, F_GET_SEALS);
        if (seals < 0 || (seals & SEALS_NEEDED) != SEALS_NEEDED)
                return -EPERM;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size < (off_t) sizeof(ExecSpecHeader) || st.st_size > (off_t) EXEC_SPEC_SIZE_MAX)
                return -EBADMSG;

        /* private and writable: exec wants char *const *, and nobody else may see what it might do to
         * them */
        mapping = mmap(NULL, (size_t) st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (mapping == MAP_FAILED)
                return -errno;
        r = spec_parse(mapping, (size_t) st.st_size, ret);
        if (r < 0)
                (void) munmap(mapping, (size_t) st.st_size); /* our own mapping: cannot fail */
        return r;
}

void spec_free(Spec *spec) {
        free(spec->argv);
        free(spec->env);
        if (spec->mapping != NULL)
                (void) munmap(spec->mapping, spec->size);
        spec->argv = spec->env = NULL;
        spec->mapping = NULL;
        spec->directory = NULL;
}
