/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "systemd/unit-driver.h"

/* Shared by the files of the driver alone. */

#define SYSTEMD_NAME      "org.freedesktop.systemd1"
#define SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define SYSTEMD_UNITS     SYSTEMD_PATH "/unit"
#define SYSTEMD_MANAGER   SYSTEMD_NAME ".Manager"
#define SYSTEMD_UNIT      SYSTEMD_NAME ".Unit"
#define SYSTEMD_SERVICE   SYSTEMD_NAME ".Service"
#define PROPERTIES        "org.freedesktop.DBus.Properties"
#define UNIT_ASKING_MAX   16U /* GetAll under way, beside the starts */
#define CALL_TIMEOUT_USEC (UINT64_C(90) * 1000 * 1000)

struct UnitDriver {
        sd_bus *bus;
        GHashTable *by_path; /* of Unit */
        guint n_starting;    /* units between StartTransientUnit and active */
        guint n_asking;      /* GetAll under way */
        GQueue asking;       /* Unit: to be asked when one of those is answered */
        guint n_setup;       /* answers of the set-up that are missing */
        void (*room)(void *userdata);
        void *userdata;
        sd_bus_slot *match_unit, *match_service, *match_reloading, *match_owner, *subscribe;
};

struct Unit {
        UnitDriver *driver;
        char *name, *path;
        char uuid[37];
        const UnitHandler *handler;
        void *userdata;
        sd_bus_slot *slot_start, *slot_get;
        sd_bus_message *start_call; /* until it is answered */
        GList asks;                 /* its own link of the driver's queue; without data if it is not there */
        char active_state[16];
        bool has_job; /* a systemd job, that is */
        bool loaded, ours;
        bool starting; /* counted in n_starting */
        bool started;  /* StartTransientUnit was answered, or the unit was found */
        bool announced, over;
        bool stop_asked;
        bool unanswered; /* PID 1 left the bus over our call: it is asked again when it is back */
        pid_t main_pid;
        UnitEnd end;
};

/* Reads a{sv} of either interface, from a signal or GetAll. */
int unit_read_properties(Unit *unit, sd_bus_message *m);

/* Tells the handler what the properties mean; the unit may be gone afterwards. */
void unit_evaluate(Unit *unit);

/* The StartTransientUnit call. */
int unit_compose_start(sd_bus *bus, const char *name, const UnitSettings *settings, sd_bus_message **ret);

/* Asks for all properties, when its turn comes; evaluates them. */
int unit_refresh(Unit *unit);
