/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/*
 * jobd's end of the control socket of one job (wire/control.h). Never blocks: an ACK that finds the socket
 * full is superseded by the next one, a KILL waits; both go out when there is room. It answers a
 * NEED_JOURNAL by itself.
 */
typedef struct Channel Channel;

/*
 * What arrived. A callback may free the channel. A message of the wrong size or of an unknown type is
 * ignored. A flood of STATUS is coalesced: the last text counts, at most some 100 a second are told. As many
 * NEED_JOURNAL are answered.
 */
typedef struct ChannelEvents {
        /* First of all, once: pid of jobd-exec, from the kernel; never 0. Not on a socket that an earlier
         * jobd had. */
        void (*hello)(Channel *channel, pid_t pid, void *userdata);
        /* The command executes. After a restart of jobd again, if channel_ask_again() asked for it. */
        void (*started)(Channel *channel, void *userdata);
        void (*hint)(Channel *channel, const uint64_t bytes[2], void *userdata);
        /* flags: CONTROL_DONE_* */
        void (*done)(Channel *channel, uint32_t flags, const uint64_t bytes[2], void *userdata);
        /* jobd-exec waits for journald, for `usec` by now: channel_answer() */
        void (*stalled)(Channel *channel, uint64_t usec, void *userdata);
        /* UTF-8, at most CONTROL_TEXT_MAX bytes, NUL-terminated; may hold control characters. */
        void (*status)(Channel *channel, const char *text, void *userdata);
        /* Processes of the job are not in its unit any more. */
        void (*moved)(Channel *channel, void *userdata);
        /* jobd-exec is gone, or its end is closed: nothing more comes. */
        void (*closed)(Channel *channel, void *userdata);
} ChannelEvents;

/* A new pair: *ret_daemon for channel_new(), *ret_exec for jobd-exec. Both close on exec; the caller owns
 * both. */
int channel_pair(int *ret_daemon, int *ret_exec);

/*
 * `fd`: of channel_pair(), or after a restart from the file descriptor store or of meeting_connect() (then
 * send an ACK: jobd-exec may be waiting for one: collector_acknowledge()). Taken on success. `journal`: the
 * path of journald's socket. It and `events` must stay; all functions of that are set.
 */
int channel_new(sd_event *event, int fd, const char *journal, const ChannelEvents *events, void *userdata,
                Channel **ret);

/* Closes the descriptor. NULL is fine. */
void channel_free(Channel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_free)

/* The channel's descriptor, for the file descriptor store; stays the channel's. */
int channel_fd(const Channel *channel);

/* As CONTROL_ACK. −EPIPE if the other end is gone; a full socket is no error. */
int channel_acknowledge(Channel *channel, uint64_t cached, uint64_t allowed);

/* As CONTROL_JOURNAL, with a new socket. Errors as above. */
int channel_send_journal(Channel *channel);

/* As CONTROL_LISTEN. Not kept if there is no room: the socket is new. `listener` stays the caller's. */
int channel_send_listener(Channel *channel, int listener);

/* As CONTROL_PATIENCE. Lost if the socket is full: it asks again. */
void channel_answer(Channel *channel, bool wait);

/* As CONTROL_REPEAT. Errors as above. */
int channel_ask_again(Channel *channel);

/* `signo`: 1 to 64. Errors as above. */
int channel_kill(Channel *channel, int signo);

/* The same for all of the job's processes. */
int channel_kill_all(Channel *channel, int signo);
