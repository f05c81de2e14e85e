/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-event.h>

/*
 * Entries for the system's journal, by journald's native protocol, without ever waiting for it:
 * sd_journal_sendv() blocks while journald's queue is full. What cannot be sent at once is kept, up to a
 * bound, and sent in order when there is room; beyond that it is lost, and counted.
 */

#define JOURNAL_WAITING_MAX (4U * 1024U * 1024U) /* bytes */

typedef struct JournalSender JournalSender;

/* `lost`: entries are being taken again, after n of them were lost; it makes the one that says so. That
 * there is no journald at `path` is no error. */
int journal_sender_new(sd_event *event, const char *path, GString *(*lost)(uint64_t n), JournalSender **ret);
/* Entries that still wait and are not taken at once are lost. */
void journal_sender_free(JournalSender *sender);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalSender, journal_sender_free)

/* Takes the entry. */
void journal_send(JournalSender *sender, GString *entry);

/* A field at the end of the entry; `name` is one that journald takes: A-Z, 0-9, _. Any text may be the
 * value. */
void journal_add(GString *entry, const char *name, const char *value);
void journal_addf(GString *entry, const char *name, const char *format, ...)
                __attribute__((format(printf, 3, 4)));
