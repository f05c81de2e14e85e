/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Ctrl-C and TERM as events. The two are blocked, and delivered only where the program waits (ppoll) or
 * writes, so that none is lost between looking and sleeping.
 */

/* From now on INT and TERM are caught, except where the parent had them ignored, and PIPE is an error of
 * write(2). */
void interrupt_catch(void);

/* HUP as well. */
void interrupt_catch_hangup(void);

/* True if they are caught. */
bool interrupt_is_caught(void);

/* Back to how it was before interrupt_catch(). */
void interrupt_release(void);

/* The signal that came since the last call of interrupt_take(), 0 for none. */
int interrupt_peek(void);
int interrupt_take(void);

/* As interrupt_peek(), of one as well that came since the program last waited. */
int interrupt_look(void);

/* Puts one back that was taken. */
void interrupt_again(int signo);

/* The signal mask for ppoll(); NULL if nothing is caught. */
const sigset_t *interrupt_mask(void);

/*
 * write(2) that a caught signal ends: bytes written, −EINTR if the signal came first, or −errno. Somebody
 * else may have made the descriptor non-blocking, as it is shared: then it waits until there is room.
 */
ssize_t interrupt_write(int fd, const void *data, size_t size);

/* Waits until a non-blocking descriptor has room, or its reader is gone. −EINTR if any signal came. */
int interrupt_wait_writable(int fd);

/* Sleeps that long; −EINTR if a caught signal came. */
int interrupt_sleep(uint64_t usec);

/* Dies of the signal, as if it had never been caught: a shell must see what ended the program. */
void interrupt_die(int signo) __attribute__((noreturn));
