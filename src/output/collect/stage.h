/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How far a sender of records is, and what is to be done next: pure. Two things go on beside each other, as
 * a jobd that was restarted may hear of the end before it knows the process.
 *
 *   EXPECTED ──► MISSED ──► KNOWN          OPEN ──► HANDLED ──► CHECKED ──┐
 *       │           │ ▲       ▲│             │         │           │      │
 *       └───────────┴►SOUGHT ─►FOUND         └► GONE ──┴► LAST ◄───┘      ├──► TOLD
 *                                                           └► SETTLED ───┘
 *
 * What is not in the tables of stage.c changes nothing.
 */

/* The main process of the unit, whose records count. */
typedef enum StageProcess {
        PROCESS_EXPECTED, /* not known yet */
        PROCESS_MISSED,   /* nor that; and records were passed over, or may have been */
        PROCESS_SOUGHT,   /* its start record is looked for */
        PROCESS_FOUND,    /* known, and who had asked is to be told */
        PROCESS_KNOWN,
        _PROCESS_MAX
} StageProcess;

/* The end of what it sends. */
typedef enum StageEnd {
        END_OPEN,    /* more may come */
        END_HANDLED, /* jobd-exec is done, and journald has handled what it sent */
        END_CHECKED, /* and the journal was read to its end since then */
        END_GONE,    /* so is the unit, but journald may have something of it in its queue */
        END_LAST,    /* gone, and handled */
        END_SETTLED, /* and the journal was read to its end since then: what is not there does not come */
        END_TOLD,    /* exited() was called */
        _END_MAX
} StageEnd;

typedef struct Stage {
        StageProcess process;
        StageEnd end;
} Stage;

typedef enum StageEvent {
        STAGE_PASSED_OVER, /* a record could not be judged without the process */
        STAGE_SEEK,        /* somebody asks for the process */
        STAGE_PROCESS,     /* it became known */
        STAGE_PROCESS_TOLD,
        STAGE_HANDLED, /* journald has handled all that was sent */
        STAGE_GONE,    /* the unit is gone */
        STAGE_READ,    /* a query from the head went to the journal's end */
        STAGE_EXIT_TOLD,
        _STAGE_EVENT_MAX
} StageEvent;

/* What follows from an event. */
typedef enum StageAct {
        STAGE_ACT_NONE,
        STAGE_ACT_QUERY,   /* ask the journal for all records, from its head */
        STAGE_ACT_LOOK,    /* read to the journal's end, and ask for what is missing then */
        STAGE_ACT_BARRIER, /* wait until journald has handled what was queued to it */
} StageAct;

/* The event has happened. */
StageAct stage_step(Stage *stage, StageEvent event);
