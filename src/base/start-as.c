/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/start-as.h"
#include "wire/names.h"

bool path_is_normal(const char *path) {
        if (path[0] != '/' || strlen(path) >= JOBD_PATH_MAX)
                return false;
        for (const char *p = path; *p;) {
                size_t length = strcspn(++p, "/");

                if (length == 0 || (length == 1 && p[0] == '.') ||
                    (length == 2 && p[0] == '.' && p[1] == '.'))
                        return false;
                p += length;
        }
        return true;
}

bool variable_goes_along(const char *assignment) {
        size_t length = strcspn(assignment, "=");

        if (strpbrk(assignment + length, "/%"))
                return false;
        return (length == 4 &&
                (strncmp(assignment, "TERM", 4) == 0 || strncmp(assignment, "LANG", 4) == 0)) ||
               strncmp(assignment, "LC_", 3) == 0;
}
