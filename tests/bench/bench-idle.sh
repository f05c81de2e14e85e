#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Wake-ups of jobd with 100 sleeping jobs, counted over 30 s by its context switches; without its pings to the watchdog,
# one in half of WatchdogSec=.
. "$(dirname "$0")/lib.sh"

remove_all
for ((i = 0; i < 100; i++)); do jobctl start sleep 1000 >/dev/null; done
until [ "$(jobctl list --state=Running --no-legend | wc -l)" = 100 ]; do sleep 0.1; done
sleep 10 # the last signals of the starts
pid=$(jobd_pid)
switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status"; }
last_ping() { systemctl show --value -p WatchdogTimestampMonotonic jobd.service; }
between=$(($(systemctl show --value -p WatchdogUSec jobd.service | sed 's/s$//') * 1000000 / 2))
ping=$(last_ping)
before=$(switches)
sleep 30
after=$(switches)
pings=$((($(last_ping) - ping + between / 2) / between))
row "jobd with 100 sleeping jobs, 30 s" "" "$((after - before - pings)) wake-ups ($pings for the watchdog not counted)" "0"
remove_all
