/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "harness.h"

/*
 * org.freedesktop.PolicyKit1 as far as jobd uses it: notes each question, answers as told, at once or later.
 */

typedef enum PolkitSays {
        SAYS_YES,
        SAYS_NO,
        SAYS_CHALLENGE,
        SAYS_DISMISSED,
        SAYS_ERROR,
        SAYS_NOTHING
} PolkitSays;

typedef struct FakePolkit {
        sd_bus *bus;
        GPtrArray *questions; /* of char *: "ACTION key=value key=value …", with " interactive" at the end */
        GPtrArray *held;      /* of sd_bus_message: SAYS_NOTHING */
        guint n_cancelled;
        PolkitSays says;
        const char *no_for; /* an action that gets a no all the same */
} FakePolkit;

extern FakePolkit polkit;

/* Needs the loop. From here on jobd's system bus is the test's. */
void polkit_setup(void);
void polkit_teardown(void);

/* Answers the oldest question that is held. */
void polkit_answer(PolkitSays says);
