/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "output/collect/stage.h"
#include "run.h"

/* All that changes something, by hand; whatever is not here must change nothing. */
static const struct {
        StageProcess from;
        StageEvent event;
        StageProcess to;
        StageAct act;
} process_edges[] = {
        { PROCESS_EXPECTED, STAGE_PASSED_OVER, PROCESS_MISSED, STAGE_ACT_NONE },
        { PROCESS_EXPECTED, STAGE_READ, PROCESS_MISSED, STAGE_ACT_NONE }, /* without a process: in vain */
        { PROCESS_EXPECTED, STAGE_PROCESS, PROCESS_KNOWN, STAGE_ACT_NONE },
        { PROCESS_EXPECTED, STAGE_SEEK, PROCESS_SOUGHT, STAGE_ACT_QUERY },
        { PROCESS_MISSED, STAGE_PROCESS, PROCESS_KNOWN, STAGE_ACT_QUERY },
        { PROCESS_MISSED, STAGE_SEEK, PROCESS_SOUGHT, STAGE_ACT_QUERY },
        { PROCESS_SOUGHT, STAGE_PROCESS, PROCESS_FOUND, STAGE_ACT_QUERY },
        { PROCESS_SOUGHT, STAGE_SEEK, PROCESS_SOUGHT, STAGE_ACT_QUERY },
        { PROCESS_SOUGHT, STAGE_PROCESS_TOLD, PROCESS_MISSED, STAGE_ACT_NONE },
        { PROCESS_FOUND, STAGE_PROCESS_TOLD, PROCESS_KNOWN, STAGE_ACT_NONE },
        { PROCESS_KNOWN, STAGE_SEEK, PROCESS_FOUND, STAGE_ACT_NONE },
};

static const struct {
        StageEnd from;
        StageEvent event;
        StageEnd to;
        StageAct act;
} end_edges[] = {
        { END_OPEN, STAGE_HANDLED, END_HANDLED, STAGE_ACT_LOOK },
        { END_OPEN, STAGE_GONE, END_GONE, STAGE_ACT_BARRIER },
        { END_HANDLED, STAGE_GONE, END_LAST, STAGE_ACT_NONE },
        { END_HANDLED, STAGE_READ, END_CHECKED, STAGE_ACT_NONE },
        { END_CHECKED, STAGE_GONE, END_LAST, STAGE_ACT_LOOK },
        { END_GONE, STAGE_HANDLED, END_LAST, STAGE_ACT_LOOK },
        { END_LAST, STAGE_READ, END_SETTLED, STAGE_ACT_NONE },
        { END_OPEN, STAGE_EXIT_TOLD, END_TOLD, STAGE_ACT_NONE },
        { END_HANDLED, STAGE_EXIT_TOLD, END_TOLD, STAGE_ACT_NONE },
        { END_CHECKED, STAGE_EXIT_TOLD, END_TOLD, STAGE_ACT_NONE },
        { END_GONE, STAGE_EXIT_TOLD, END_TOLD, STAGE_ACT_NONE },
        { END_LAST, STAGE_EXIT_TOLD, END_TOLD, STAGE_ACT_NONE },
        { END_SETTLED, STAGE_EXIT_TOLD, END_TOLD, STAGE_ACT_NONE },
};

/* _i: the event. Each half goes its way, whatever the other one is. */
START_TEST(only_what_is_listed_changes) {
        for (unsigned process = 0; process < _PROCESS_MAX; process++)
                for (unsigned end = 0; end < _END_MAX; end++) {
                        Stage stage = { (StageProcess) process, (StageEnd) end }, expected = stage;
                        StageAct of_process = STAGE_ACT_NONE, of_end = STAGE_ACT_NONE;

                        for (size_t i = 0; i < G_N_ELEMENTS(process_edges); i++)
                                if (process_edges[i].from == process &&
                                    process_edges[i].event == (StageEvent) _i) {
                                        expected.process = process_edges[i].to;
                                        of_process = process_edges[i].act;
                                }
                        for (size_t i = 0; i < G_N_ELEMENTS(end_edges); i++)
                                if (end_edges[i].from == end && end_edges[i].event == (StageEvent) _i) {
                                        expected.end = end_edges[i].to;
                                        of_end = end_edges[i].act;
                                }
                        /* there is one answer */
                        ck_assert(of_process == STAGE_ACT_NONE || of_end == STAGE_ACT_NONE);
                        ck_assert_int_eq(stage_step(&stage, (StageEvent) _i), MAX(of_process, of_end));
                        ck_assert_int_eq(stage.process, expected.process);
                        ck_assert_int_eq(stage.end, expected.end);
                }
}
END_TEST

/* The ways of a job from its start to exited(): what is asked on the way. */
static const struct {
        StageEvent events[6];
        StageAct acts[6];
        int n;
        StageEnd end;
} ways[] = {
        /* all is there before anything is asked */
        { { STAGE_PROCESS, STAGE_EXIT_TOLD, STAGE_HANDLED, STAGE_GONE }, { 0 }, 4, END_TOLD },
        /* jobd-exec is done, an exit record is not found, and not after its unit has gone either */
        { { STAGE_PROCESS, STAGE_HANDLED, STAGE_READ, STAGE_GONE, STAGE_READ, STAGE_READ },
          { 0, STAGE_ACT_LOOK, 0, STAGE_ACT_LOOK },
          6,
          END_SETTLED },
        /* it was killed: what journald has of it comes first; a query before that is not the last word */
        { { STAGE_PROCESS, STAGE_GONE, STAGE_READ, STAGE_HANDLED, STAGE_HANDLED, STAGE_READ },
          { 0, STAGE_ACT_BARRIER, 0, STAGE_ACT_LOOK },
          6,
          END_SETTLED },
};

START_TEST(ways_to_the_end) {
        Stage stage = { PROCESS_EXPECTED, END_OPEN };

        for (int i = 0; i < ways[_i].n; i++)
                ck_assert_int_eq(stage_step(&stage, ways[_i].events[i]), ways[_i].acts[i]);
        ck_assert_int_eq(stage.end, ways[_i].end);
        ck_assert_int_eq(stage.process, PROCESS_KNOWN);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("stage");
        TCase *tcase = tcase_create("stage");

        tcase_add_loop_test(tcase, only_what_is_listed_changes, 0, _STAGE_EVENT_MAX);
        tcase_add_loop_test(tcase, ways_to_the_end, 0, G_N_ELEMENTS(ways));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
