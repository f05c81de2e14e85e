/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Dies of `signo`; what cannot be died of becomes the status that a shell would give. */
_Noreturn void end_by_signal(int signo);

/* Ends as the process did whose wait status this is, so that systemd sees the command's end in ours. */
_Noreturn void end_like(int wait_status);
