/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "authz/polkit.h"
#include "base/cleanup.h"

#define POLKIT_NAME      "org.freedesktop.PolicyKit1"
#define POLKIT_PATH      "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_AUTHORITY POLKIT_NAME ".Authority"

#define FLAG_ALLOW_USER_INTERACTION 1U

#define TIMEOUT_USEC             (UINT64_C(30) * 1000 * 1000)
#define TIMEOUT_INTERACTIVE_USEC (UINT64_C(600) * 1000 * 1000)

struct Polkit {
        sd_event *event;
        sd_bus *bus; /* opened by the first question; NULL before, or when it was lost */
        uint64_t n_asked;
};

struct PolkitQuestion {
        Polkit *polkit;
        sd_bus_slot *slot; /* until it is answered */
        char cancellation_id[24];
        PolkitHandler handler;
        void *userdata;
};

Polkit *polkit_new(sd_event *event) {
        Polkit *polkit = g_new0(Polkit, 1);

        polkit->event = sd_event_ref(event);
        return polkit;
}

void polkit_free(Polkit *polkit) {
        sd_bus_close_unref(polkit->bus);
        sd_event_unref(polkit->event);
        g_free(polkit);
}

static int connect_bus(Polkit *polkit) {
        int r;

        if (polkit->bus && sd_bus_is_open(polkit->bus) > 0)
                return 0;
        /* not closed: its open questions hold it until it has failed them all */
        g_clear_pointer(&polkit->bus, sd_bus_unref);
        r = sd_bus_open_system_with_description(&polkit->bus, "polkit");
        if (r >= 0)
                r = sd_bus_attach_event(polkit->bus, polkit->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                g_clear_pointer(&polkit->bus, sd_bus_close_unref);
        return r;
}

static int read_verdict(sd_bus_message *reply, PolkitVerdict *ret) {
        int authorized, challenge, r;
        const char *key, *value;
        bool dismissed = false;

        r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
        if (r >= 0)
                r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "{ss}");
        while (r >= 0 && (r = sd_bus_message_read(reply, "{ss}", &key, &value)) > 0)
                dismissed = dismissed || strcmp(key, "polkit.dismissed") == 0;
        if (r < 0)
                return r;
        *ret = authorized  ? POLKIT_YES
               : dismissed ? POLKIT_DISMISSED
               : challenge ? POLKIT_CHALLENGE
                           : POLKIT_NO;
        return 0;
}

static void cancel(PolkitQuestion *question) {
        /* whether it heard that makes no difference any more */
        (void) sd_bus_call_method_async(question->polkit->bus, NULL, POLKIT_NAME, POLKIT_PATH,
                                        POLKIT_AUTHORITY, "CancelCheckAuthorization", NULL, NULL, "s",
                                        question->cancellation_id);
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        PolkitVerdict verdict = POLKIT_UNAVAILABLE;
        PolkitQuestion *question = userdata;
        const char *why = NULL;

        question->slot = sd_bus_slot_unref(question->slot);
        if (error) {
                why = error->message ? error->message : error->name;
                if (sd_bus_error_get_errno(error) == ETIMEDOUT)
                        cancel(question);
        } else if (read_verdict(reply, &verdict) < 0)
                why = "its answer cannot be read";
        question->handler(verdict, why, question->userdata);
        return 0;
}

static int append_subject(sd_bus_message *m, const PolkitSubject *subject) {
        if (subject->start_time == 0)
                return sd_bus_message_append(m, "(sa{sv})", "system-bus-name", 1, "name", "s",
                                             subject->sender);
        /* with the uid of the call: polkit refuses if the process has another by now */
        return sd_bus_message_append(m, "(sa{sv})", "unix-process", 3, "pid", "u", (uint32_t) subject->pid,
                                     "start-time", "t", subject->start_time, "uid", "i",
                                     (int32_t) subject->uid);
}

static int append_details(sd_bus_message *m, char *const *details) {
        int r = sd_bus_message_open_container(m, 'a', "{ss}");

        for (char *const *d = details; r >= 0 && *d; d += 2)
                r = sd_bus_message_append(m, "{ss}", d[0], d[1]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int polkit_ask(Polkit *polkit, const PolkitSubject *subject, const char *action, char *const *details,
               bool interactive, PolkitHandler handler, void *userdata, PolkitQuestion **ret) {
        g_autofree PolkitQuestion *question = g_new0(PolkitQuestion, 1);
        g_autoptr(sd_bus_message) m = NULL;
        int r;

        *question = (PolkitQuestion){ .polkit = polkit, .handler = handler, .userdata = userdata };
        (void) snprintf(question->cancellation_id, sizeof(question->cancellation_id), "%" PRIu64,
                        ++polkit->n_asked);
        r = connect_bus(polkit);
        if (r >= 0)
                r = sd_bus_message_new_method_call(polkit->bus, &m, POLKIT_NAME, POLKIT_PATH,
                                                   POLKIT_AUTHORITY, "CheckAuthorization");
        if (r >= 0)
                r = append_subject(m, subject);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", action);
        if (r >= 0)
                r = append_details(m, details);
        if (r >= 0)
                r = sd_bus_message_append(m, "us", interactive ? FLAG_ALLOW_USER_INTERACTION : 0U,
                                          question->cancellation_id);
        if (r >= 0)
                r = sd_bus_call_async(polkit->bus, &question->slot, m, on_answer, question,
                                      interactive ? TIMEOUT_INTERACTIVE_USEC : TIMEOUT_USEC);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&question);
        return 0;
}

void polkit_question_free(PolkitQuestion *question) {
        if (question->slot) {
                question->slot = sd_bus_slot_unref(question->slot);
                cancel(question);
        }
        g_free(question);
}
