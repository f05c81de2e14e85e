/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fuzz.h"

/* The main() of a target without a fuzzer: feeds it each file of the folders that are named. */

_Noreturn static void die(const char *path) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
}

static uint8_t *read_whole(const char *path, size_t *ret_size) {
        FILE *file = fopen(path, "re");
        uint8_t *data;
        long size;

        if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0)
                die(path);
        rewind(file);
        data = malloc((size_t) size);
        if (size > 0 && (!data || fread(data, 1, (size_t) size, file) != (size_t) size))
                die(path);
        (void) fclose(file);
        *ret_size = (size_t) size;
        return data;
}

static unsigned run_folder(const char *folder) {
        DIR *dir = opendir(folder);
        const struct dirent *entry;
        unsigned n = 0;

        if (!dir)
                die(folder);
        while ((entry = readdir(dir))) {
                char path[PATH_MAX];
                uint8_t *data;
                size_t size;

                if (entry->d_name[0] == '.')
                        continue;
                (void) snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
                data = read_whole(path, &size);
                printf("%s\n", entry->d_name); /* before: whose fault it is */
                (void) fflush(stdout);
                (void) LLVMFuzzerTestOneInput(data, size);
                free(data);
                n++;
        }
        (void) closedir(dir);
        return n;
}

int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++)
                if (run_folder(argv[i]) == 0) {
                        fprintf(stderr, "%s: no file\n", argv[i]);
                        return EXIT_FAILURE;
                }
        return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
