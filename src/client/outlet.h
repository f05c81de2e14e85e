/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where standard output or standard error goes, and how much of it has arrived. What lies in a pipe or
 * socket has been written, but its reader may still go away without it.
 */

typedef enum OutletKind {
        OUTLET_FINAL, /* a file, a terminal: what is written has arrived */
        OUTLET_PIPE,
        OUTLET_SOCKET,
} OutletKind;

typedef struct Outlet {
        OutletKind kind;
        int fd;
        uint64_t written; /* bytes, through whatever descriptor */
        uint64_t taken;   /* of them, by the reader; as far as outlet_look() has seen */
} Outlet;

Outlet outlet_of(int fd);

/* True if both descriptors lead to one and the same place. */
bool outlet_same(int a, int b);

/* Brings `taken` up to date. False if there is no reader any more: then nothing more will be taken. */
bool outlet_look(Outlet *o);
