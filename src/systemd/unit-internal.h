/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "base/peer.h"
#include "systemd/unit-driver.h"

/* Shared by the files of the driver alone. */

#define SYSTEMD_NAME      "org.freedesktop.systemd1"
#define SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define SYSTEMD_UNITS     SYSTEMD_PATH "/unit"
#define SYSTEMD_SHUTDOWN  SYSTEMD_UNITS "/shutdown_2etarget"
#define SYSTEMD_MANAGER   SYSTEMD_NAME ".Manager"
#define SYSTEMD_UNIT      SYSTEMD_NAME ".Unit"
#define SYSTEMD_SERVICE   SYSTEMD_NAME ".Service"
#define PROPERTIES        "org.freedesktop.DBus.Properties"
#define CALL_TIMEOUT_USEC (UINT64_C(90) * 1000 * 1000)

struct UnitDriver {
        sd_bus *bus;
        GHashTable *by_path; /* of Unit */
        guint n_starting;    /* units between StartTransientUnit and active */
        guint n_setup;       /* what is missing of the set-up */
        bool going_down;
        void (*answered)(Unit *unit, sd_bus_message *reply); /* the unit may be gone afterwards */
        void (*room)(void *userdata);
        void *userdata;
        Peer *systemd;
        sd_bus_slot *subscribe;
        GQueue to_ask;  /* units whose GetAll waits for its turn */
        guint n_asking; /* GetAll calls under way */
        sd_event_source *ask_again;
};

struct Unit {
        UnitDriver *driver;
        char *name, *path;
        char uuid[37];
        const UnitHandler *handler;
        void *userdata;
        sd_bus_slot *slot_start, *slot_get, *slot_freezer;
        sd_bus_message *start_call; /* until it is answered */
        GList to_ask;               /* in the driver's queue if .data is set */
        char active_state[16];
        bool has_job; /* a systemd job, that is */
        bool loaded, ours;
        bool starting; /* counted in n_starting */
        bool started;  /* StartTransientUnit was answered, or the unit was found */
        bool announced, over;
        bool stop_wanted;
        bool stop_told;
        bool frozen, freezer_moves;        /* as systemd tells it; the latter: neither is true yet */
        bool freeze_asked;                 /* what slot_freezer waits for */
        int frozen_told;                   /* −1: nothing yet */
        bool down;                         /* inactive or failed, and nothing more to come */
        bool ended;                        /* `end` is what it was at the end of the first run */
        pid_t main_pid;                    /* of the first run */
        pid_t later_pid;                   /* somebody had the unit started again; 0: nobody */
        uint64_t left_active, main_exited; /* µs, monotonic; 0: not yet */
        UnitEnd now;                       /* as systemd tells it */
        UnitEnd end;
};

/* Reads a{sv} of either interface, from a signal or GetAll. */
int unit_read_properties(Unit *unit, sd_bus_message *m);

/* Whether a unit has a systemd job, from its Job property in the same; *ret stays if that is not among
 * them. */
int unit_read_has_job(sd_bus_message *m, bool *ret);

/* Tells the handler what the properties mean; the unit may be gone afterwards. */
void unit_evaluate(Unit *unit);

/* Tells the handler that it is over; the unit may be gone afterwards. */
void unit_end(Unit *unit, const char *start_error);

/* The StartTransientUnit call. */
int unit_compose_start(sd_bus *bus, const char *name, const UnitSettings *settings, sd_bus_message **ret);

/* Asks for all properties when it is the unit's turn; the driver's answered() gets them. */
void unit_refresh(Unit *unit);

/* The same in a moment: what is asked for is still to come about. */
void unit_refresh_later(Unit *unit);

/* A call whose answer changes nothing here: a unit that is gone needs no letting go. −errno. */
int unit_call(Unit *unit, const char *member, const char *types, ...);

/* Tells the handler whether it is frozen, if that is news. */
void unit_evaluate_freezer(Unit *unit);

/* What systemd has answered to unit_refresh(). The unit may be gone afterwards. */
void unit_take_answer(Unit *unit, sd_bus_message *reply);

/* True if systemd did not answer: whether it heard the call is not known. */
bool unit_is_unanswered(const sd_bus_error *error);

/* The unit goes away: it has no question any more. */
void unit_forget_question(Unit *unit);
