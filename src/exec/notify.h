/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wire/control.h"

/*
 * The command's NOTIFY_SOCKET. Of sd_notify(3)'s messages STATUS= is taken; BARRIER=1 is answered as it
 * wants, by closing the descriptor that comes with it; all others are for a service manager, which we are
 * not.
 */
typedef struct Notify {
        int fd;
        char name[16]; /* the value of NOTIFY_SOCKET; empty if there is none */
        char status[CONTROL_TEXT_MAX];
        size_t status_length;
} Notify;

/* 0 or −errno; then there is no socket, and the job runs without. */
int notify_open(Notify *notify);
void notify_close(Notify *notify);

/* Takes what has come, a few at a time. True if `status` is new. */
bool notify_receive(Notify *notify);

/* Makes a text fit for showing: valid UTF-8 or nothing, control characters replaced, cut to `size` between
 * two characters. Returns its length, or −1 if it is not UTF-8. */
int notify_clean_text(char *to, size_t size, const char *text, size_t length);
