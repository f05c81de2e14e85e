/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec/drain.h"
#include "wire/stream.h"

/* The pipes of a command: our ends, which do not block, and how long they are read after its end. */
typedef struct Pipes {
        int fds[_STREAM_MAX];       /* or −1 */
        bool large[_STREAM_MAX];    /* the pipe was enlarged */
        Drain drain;                /* since the command's end */
        uint64_t left[_STREAM_MAX]; /* bytes that were in it at that time, and are to be read in any case */
        uint64_t cut[_STREAM_MAX];  /* bytes that were left in it in the end */
} Pipes;

#define PIPES_NONE ((Pipes){ .fds = { -1, -1 } })

/*
 * Makes them; the ends in `out` are the command's. `merged`: one for both streams. −errno: `out` has those
 * that there are, the others stay −1.
 */
int pipes_open(Pipes *pipes, bool merged, int out[_STREAM_MAX]);
void pipes_close(Pipes *pipes, Stream stream);
bool pipes_are_closed(const Pipes *pipes);

/* Bytes that wait in it. */
uint64_t pipes_pending(const Pipes *pipes, Stream stream);

/* After a read of `n` bytes, −1: with errno. True if something came. */
bool pipes_take_read(Pipes *pipes, Stream stream, ssize_t n);

/* It was found full. */
void pipes_enlarge(Pipes *pipes, Stream stream);

/* The command has ended; `pause`: of drain.h. */
void pipes_drain(Pipes *pipes, uint64_t pause, uint64_t now);

/* A look, when one is due. */
void pipes_look(Pipes *pipes, const char *cgroup_root, uint64_t now);

/* Closes what need not be read on. */
void pipes_cut(Pipes *pipes);
