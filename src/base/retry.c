/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/retry.h"

#include <time.h>

#include "base/log.h"

struct Retry {
        sd_event *event;
        const char *what;
        RetryPause bounds;
        bool (*try)(void *userdata);
        void *userdata;
        sd_event_source *timer;
        uint64_t pause; /* 0: there is nothing to be tried */
};

Retry *retry_new(sd_event *event, const char *what, const RetryPause *pause, bool (*try)(void *userdata),
                 void *userdata) {
        Retry *retry = g_new(Retry, 1);

        *retry = (Retry){
                .event = sd_event_ref(event),
                .what = what,
                .bounds = *pause,
                .try = try,
                .userdata = userdata,
        };
        return retry;
}

void retry_free(Retry *retry) {
        if (!retry)
                return;
        sd_event_source_disable_unref(retry->timer);
        sd_event_unref(retry->event);
        g_free(retry);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static void arm(Retry *retry) {
        int r = 0;

        if (!retry->timer)
                r = sd_event_add_time(retry->event, &retry->timer, CLOCK_MONOTONIC, 0, 1, on_timer, retry);
        if (r >= 0)
                r = sd_event_source_set_time_relative(retry->timer, retry->pause);
        if (r >= 0)
                r = sd_event_source_set_enabled(retry->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error("%s cannot be tried again: %s", retry->what, g_strerror(-r));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Retry *retry = userdata;

        if (retry->try(retry->userdata))
                retry_done(retry);
        else {
                retry->pause = MIN(retry->pause * 2, retry->bounds.max);
                arm(retry);
        }
        return 0;
}

void retry_later(Retry *retry) {
        if (retry->pause > 0)
                return;
        retry->pause = retry->bounds.min;
        arm(retry);
}

void retry_done(Retry *retry) {
        retry->pause = 0;
        if (retry->timer)
                (void) sd_event_source_set_enabled(retry->timer, SD_EVENT_OFF);
}
