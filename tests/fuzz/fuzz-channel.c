/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/channel.h"
#include "packets.h"
#include "wire/control.h"

/* What a job says to jobd. The first byte: at which callback jobd lets go of the channel. */

typedef struct World {
        Channel *channel;
        unsigned left; /* callbacks */
        bool hello, closed;
} World;

static void count(World *world) {
        CHECK(!world->closed && world->channel);
        if (--world->left == 0)
                g_clear_pointer(&world->channel, channel_free);
}

static void on_hello(Channel *channel, pid_t pid, void *userdata) {
        World *world = userdata;

        CHECK(pid == getpid() && !world->hello);
        world->hello = true;
        count(world);
}

static void on_event(Channel *channel, void *userdata) {
        count(userdata);
}

static void on_hint(Channel *channel, const uint64_t bytes[2], void *userdata) {
        (void) channel_acknowledge(channel, bytes[0], bytes[1]);
        count(userdata);
}

static void on_done(Channel *channel, uint32_t flags, const uint64_t bytes[2], void *userdata) {
        count(userdata);
}

static void on_stalled(Channel *channel, uint64_t usec, void *userdata) {
        channel_answer(channel, usec < 1000);
        count(userdata);
}

static void on_status(Channel *channel, const char *text, void *userdata) {
        CHECK(strlen(text) <= CONTROL_TEXT_MAX && g_utf8_validate(text, -1, NULL));
        count(userdata);
}

static void on_closed(Channel *channel, void *userdata) {
        World *world = userdata;

        count(world);
        world->closed = true;
}

static const ChannelEvents events = {
        on_hello, on_event, on_hint, on_done, on_stalled, on_status, on_event, on_closed,
};

static void run(sd_event *event) {
        int r;

        do
                r = sd_event_run(event, 0);
        while (r > 0);
        CHECK(r == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        World world = { 0 };
        Packets packets;
        sd_event *event;
        int fd, job;

        if (size == 0)
                return 0;
        packets = (Packets){ data + 1, size - 1 };
        world.left = data[0] ? data[0] : UINT32_MAX;
        CHECK(sd_event_new(&event) >= 0 && channel_pair(&fd, &job) == 0);
        CHECK(channel_new(event, fd, "/nonexistent/socket", &events, &world, &world.channel) == 0);
        for (unsigned n = 1; send_next_packet(&packets, job); n++)
                if (n % 8 == 0) /* some come one by one, some together */
                        run(event);
        (void) close(job);
        run(event);
        channel_free(world.channel);
        sd_event_unref(event);
        return 0;
}
