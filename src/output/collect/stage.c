/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>

#include "output/collect/stage.h"

/* An edge; one that is not written down stays where it is. */
typedef struct Edge {
        bool exists;
        unsigned to; /* StageProcess or StageEnd */
        StageAct act;
} Edge;

#define TO(stage) \
        { .exists = true, .to = (stage) }
#define TO_AND(stage, what) \
        { .exists = true, .to = (stage), .act = STAGE_ACT_##what }

static const Edge of_process[_PROCESS_MAX][_STAGE_EVENT_MAX] = {
        [PROCESS_EXPECTED] = {
                [STAGE_PASSED_OVER] = TO(PROCESS_MISSED),
                [STAGE_SEEK] = TO_AND(PROCESS_SOUGHT, QUERY),
                [STAGE_PROCESS] = TO(PROCESS_KNOWN),
                [STAGE_READ] = TO(PROCESS_MISSED),
        },
        [PROCESS_MISSED] = {
                [STAGE_SEEK] = TO_AND(PROCESS_SOUGHT, QUERY),
                [STAGE_PROCESS] = TO_AND(PROCESS_KNOWN, QUERY),
        },
        [PROCESS_SOUGHT] = {
                [STAGE_SEEK] = TO_AND(PROCESS_SOUGHT, QUERY),
                [STAGE_PROCESS] = TO_AND(PROCESS_FOUND, QUERY),
                [STAGE_PROCESS_TOLD] = TO(PROCESS_MISSED), /* there is no start record */
        },
        [PROCESS_FOUND] = {
                [STAGE_PROCESS_TOLD] = TO(PROCESS_KNOWN),
        },
        [PROCESS_KNOWN] = {
                [STAGE_SEEK] = TO(PROCESS_FOUND),
        },
};

static const Edge of_end[_END_MAX][_STAGE_EVENT_MAX] = {
        [END_OPEN] = {
                [STAGE_HANDLED] = TO_AND(END_HANDLED, LOOK),
                [STAGE_GONE] = TO_AND(END_GONE, BARRIER),
                [STAGE_EXIT_TOLD] = TO(END_TOLD),
        },
        [END_HANDLED] = {
                [STAGE_GONE] = TO(END_LAST), /* the look is under way */
                [STAGE_READ] = TO(END_CHECKED),
                [STAGE_EXIT_TOLD] = TO(END_TOLD),
        },
        [END_CHECKED] = {
                [STAGE_GONE] = TO_AND(END_LAST, LOOK), /* there was no exit record: once more */
                [STAGE_EXIT_TOLD] = TO(END_TOLD),
        },
        [END_GONE] = {
                [STAGE_HANDLED] = TO_AND(END_LAST, LOOK),
                [STAGE_EXIT_TOLD] = TO(END_TOLD),
        },
        [END_LAST] = {
                [STAGE_READ] = TO(END_SETTLED),
                [STAGE_EXIT_TOLD] = TO(END_TOLD),
        },
        [END_SETTLED] = {
                [STAGE_EXIT_TOLD] = TO(END_TOLD),
        },
};

StageAct stage_step(Stage *stage, StageEvent event) {
        const Edge *process = &of_process[stage->process][event], *end = &of_end[stage->end][event];

        if (process->exists)
                stage->process = (StageProcess) process->to;
        if (end->exists)
                stage->end = (StageEnd) end->to;
        /* no event asks for something in both tables: STAGE_READ, the only one in both, asks for nothing */
        return process->act != STAGE_ACT_NONE ? process->act : end->act;
}
