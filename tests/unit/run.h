/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <check.h>
#include <stdlib.h>

/*
 * A case that hangs is ended, and named, before meson ends the program; Check's own limit is 4 s, which a
 * busy machine needs. Before main(), as every case takes the limit when it is created.
 */
__attribute__((constructor)) static void set_time_limit(void) {
        (void) setenv("CK_DEFAULT_TIMEOUT", "240", 0);
}

/* Runs the suite, prints TAP on stdout, and gives main() its exit status. */
static inline int run_suite(Suite *suite) {
        SRunner *runner = srunner_create(suite);
        int failed;

        srunner_set_tap(runner, "-");
        srunner_run_all(runner, CK_SILENT);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
