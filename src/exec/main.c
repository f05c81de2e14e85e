/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/exec.h"

#include "exec/clock.h"
#include "wire/names.h"

int main(int argc, char **argv) {
        static const ExecConfig config = {
                .journald_procs = "system.slice/system-systemd\\x2djournald.slice/systemd-journald@" //
                JOBD_JOURNAL_NAMESPACE ".service/cgroup.procs",
                .manager = 1,
                .patience = 10 * USEC_PER_SEC,
                .look = 20 * USEC_PER_MSEC,
        };

        return exec_run(&config, argc, argv);
}
