/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "exec/control.h"
#include "packets.h"

/* What jobd says to jobd-exec, which keeps of it what it has room for, and no descriptor beside that. */

/* As many again, if none was forgotten. */
static unsigned count_descriptors(void) {
        unsigned n = 0;

        for (int fd = 0; fd < 64; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        n++;
        return n;
}

static void step(Control *control, uint64_t now) {
        struct pollfd listener = control_poll_listener(control, now);
        int signo;

        while ((signo = control_receive(control)) != 0)
                CHECK(signo > 0 && signo <= SIGRTMAX);
        (void) control_take_answer(control);
        control_hint(control, (const uint64_t[2]){ now, now });
        control_need_journal(control);
        control_step(control, now);
        if (listener.fd >= 0)
                control_accept(control, now);
        if (control->fd < 0 && control->listener < 0)
                CHECK(control->allowed == UINT64_MAX);
        (void) control_deadline(control, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Packets packets = { data, size };
        unsigned before = count_descriptors();
        int pair[2], journal;
        Control control;
        uint64_t now = 1;

        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
        control_init(&control, pair[0], 0);
        control_started(&control);
        while (send_next_packet(&packets, pair[1]))
                if (now++ % 4 == 0)
                        step(&control, now);
        step(&control, now + 1);
        journal = control_take_journal(&control);
        if (journal >= 0)
                (void) close(journal);
        (void) close(pair[1]);
        step(&control, now + 2);
        control_done(&control, 0, (const uint64_t[2]){ 0, 0 });
        control_free(&control);
        CHECK(count_descriptors() == before);
        return 0;
}
