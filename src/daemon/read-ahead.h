/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * The bus's socket, read in large pieces. sd-bus reads each message in two, and all other calls stand behind
 * what somebody sends without an end: that must cost jobd less than it costs the bus. So what sd-bus reads
 * comes out of a buffer.
 *
 * What is in it makes no socket readable: whoever waits for that has to ask here as well.
 */

/* From now on, for the whole process. The next byte of this socket is a message's first. `on_more`: in a
 * read, when there is more in the buffer than the message that is being read. */
void read_ahead_begin(int fd, void (*on_more)(void *userdata), void *userdata);

bool read_ahead_has_more(void);
