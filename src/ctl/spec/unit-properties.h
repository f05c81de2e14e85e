/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/*
 * Unit properties by name, as systemd-run takes them: -p NAME=VALUE. Which of them a job may have is for
 * jobd to say, and who may ask for them for polkit.
 */

/* One as it goes over the bus; the name may be another than the one in a unit file (TimeoutStopUSec). */
typedef struct UnitProperty {
        char *name;
        GVariant *value;
} UnitProperty;

void unit_property_free(UnitProperty *property);

/* Takes an assignment apart, and adds what it means (of UnitProperty) to `properties`. Says itself what is
 * wrong. */
int unit_properties_take(const Ctl *c, const char *assignment, GPtrArray *properties);

/* Appends them as the option Properties, "{sv}" with a(sv). Negative errno. */
int unit_properties_append(sd_bus_message *m, const GPtrArray *properties);

/* Lists, behind `first`, what there is: each name, its name and type on the bus, and how its value is
 * written. */
int unit_properties_help(const Ctl *c, const char *first);
