/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "base/job-id.h"
#include "model/outcome.h"

/*
 * The jobs' units in systemd, over D-Bus, never blocking:
 *
 *   1. Once: one match on PropertiesChanged of all units for each of the two interfaces, Subscribe; no unit
 *      is started before these are answered.
 *   2. StartTransientUnit with AddRef, for at most UNIT_STARTING_MAX units at a time: dbus-daemon allows 128
 *      pending replies a connection, and what waits here can be stopped without a word to systemd.
 *      An answer that is missing (PID 1 was executed anew, or is slow) decides nothing: 5. tells, and what
 *      was not started is started then.
 *   3. PropertiesChanged says when the unit is active, and when it is inactive or failed and has no systemd
 *      job any more. Service's properties are sent before Unit's, so Result and ExecMain* are there by then.
 *      A unit that leaves its active state while its main process runs, and not for a time-out or the like,
 *      is being stopped. If somebody starts it again, what counts is its first end.
 *   4. unit_release(): reset if failed, unref.
 *   5. After Reloading(false), when PID 1 has come back to the bus (daemon-reexec), for units adopted at
 *      jobd's start, and where an answer is missing, GetAll tells what signals did not (unit-refresh.c).
 */

#define UNIT_STARTING_MAX 48U

typedef struct UnitDriver UnitDriver;
typedef struct Unit Unit;

typedef struct UnitHandler {
        /* jobd-exec runs, with this pid. At most once. */
        void (*running)(pid_t main_pid, void *userdata);
        /* Somebody else has the unit stopped, or restarted: it is not over yet. At most once, not after
         * unit_stop(). */
        void (*stopping)(void *userdata);
        /* It is frozen, or not any more; by unit_freeze(), or by somebody else. `refused`: systemd's words,
         * if that is not what was asked for. Once after unit_adopt(), too, if it is active. */
        void (*freezer)(bool frozen, const char *refused, void *userdata);
        /* The unit has ended, could not be started (`start_error`: systemd's words) or, when adopted, is not
         * there (end->known is false). Once. The handler may release the unit. */
        void (*ended)(const UnitEnd *end, const char *start_error, void *userdata);
        /* Instead of ended(): systemd takes no start now, as the machine, or the user's slice, is going
         * down. The handler releases the unit. */
        void (*refused)(void *userdata);
} UnitHandler;

typedef struct UnitSettings {
        JobId id;
        const char *uuid;
        uid_t uid;
        gid_t gid;                         /* −1: the user's own */
        const char *exec_path;             /* of jobd-exec */
        int spec_fd, control_fd, input_fd; /* borrowed: duplicated into the message */
        GVariant *const *values;           /* by JobOptionId */
        GVariant *properties;              /* a(sv), or NULL */
} UnitSettings;

/* `room`: unit_driver_has_room() has become true; called from the loop. */
int unit_driver_new(sd_bus *bus, void (*room)(void *userdata), void *userdata, UnitDriver **ret);
void unit_driver_free(UnitDriver *driver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UnitDriver, unit_driver_free)

/* False until the matches are in place, and while too many units are starting. */
bool unit_driver_has_room(const UnitDriver *driver);

/* The machine is being shut down. */
bool unit_driver_is_going_down(const UnitDriver *driver);

/* `userdata` is the handler's, which is never called from within. */
int unit_start(UnitDriver *driver, const UnitSettings *settings, const UnitHandler *handler, void *userdata,
               Unit **ret);

/* Asks what became of a job's unit that an earlier jobd started. It is ours only if its description says the
 * UUID. `main_pid`: of its main process, 0 if it is not known. */
int unit_adopt(UnitDriver *driver, JobId id, const char *uuid, pid_t main_pid, const UnitHandler *handler,
               void *userdata, Unit **ret);

/* Ends in `ended`; before the unit runs, too. May be said again. */
int unit_stop(Unit *unit);

/* Freezes the unit, or thaws it. Until freezer() has answered it may not be said again. */
int unit_freeze(Unit *unit, bool freeze);

/* A signal to all that is left in it. */
int unit_kill(Unit *unit, int signo);

/* Lets systemd forget the unit, frees it here. */
void unit_release(Unit *unit);

/* Frees it here alone: what systemd knows of it, another jobd may ask for. */
void unit_leave(Unit *unit);
