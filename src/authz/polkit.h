/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

/*
 * Questions to polkit, on a bus connection of their own: whatever polkit does with them, jobd's own
 * connection has room for all others. Asynchronous.
 */

typedef struct Polkit Polkit;
typedef struct PolkitQuestion PolkitQuestion;

typedef enum PolkitVerdict {
        POLKIT_YES,
        POLKIT_NO,
        POLKIT_CHALLENGE,   /* somebody would have to be asked, and the call does not allow that */
        POLKIT_DISMISSED,   /* somebody was asked, and did not answer */
        POLKIT_UNAVAILABLE, /* no answer: it does not run, hangs, or has left */
} PolkitVerdict;

/* `why`: for POLKIT_UNAVAILABLE, in words. Called from the loop, once; the question may be freed in it. */
typedef void (*PolkitHandler)(PolkitVerdict verdict, const char *why, void *userdata);

Polkit *polkit_new(sd_event *event);
void polkit_free(Polkit *polkit);

/* Whose call it is. By its process polkit answers in half the time: it need not ask the bus, one question
 * after the other, who that is. */
typedef struct PolkitSubject {
        const char *sender; /* unique name on the bus */
        pid_t pid;
        uint64_t start_time; /* 0: polkit goes by `sender` */
        uid_t uid;
} PolkitSubject;

/*
 * May the subject do `action`? `details`: key, value, key, value, …, NULL. `interactive`:
 * its user, or an administrator, may be asked for a password. Without that an answer has 30 s, with it 10
 * min.
 */
int polkit_ask(Polkit *polkit, const PolkitSubject *subject, const char *action, char *const *details,
               bool interactive, PolkitHandler handler, void *userdata, PolkitQuestion **ret);

/* One without an answer is cancelled. */
void polkit_question_free(PolkitQuestion *question);
