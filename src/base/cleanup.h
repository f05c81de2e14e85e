/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

/*
 * One vocabulary of cleanup for both libraries: g_autoptr(sd_bus_message), g_auto(sd_bus_error), g_auto(Fd).
 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus, sd_bus_flush_close_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus_message, sd_bus_message_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus_slot, sd_bus_slot_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus_creds, sd_bus_creds_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_event, sd_event_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_event_source, sd_event_source_disable_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_journal, sd_journal_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(sd_bus_error, sd_bus_error_free)

/* A descriptor that closes itself: g_auto(Fd) fd = -1. */
typedef int Fd;

static inline void fd_clear(Fd *fd) {
        if (*fd >= 0)
                (void) close(*fd);
        *fd = -1;
}

static inline int fd_steal(Fd *fd) {
        int taken = *fd;

        *fd = -1;
        return taken;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fd, fd_clear)
