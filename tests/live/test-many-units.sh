#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# More running jobs than dbus-daemon allows questions at a time (128): none is lost when PID 1 or jobd begins anew.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

n=160
mapfile -t ids < <(PYTHONPATH=$here python3 -c 'import bus, sys
connection = bus.Bus()
for _ in range(int(sys.argv[1])):
    print(connection.start("sleep", "300"))' "$n")

all_run() {
        [ "$(jobctl list --state=Running --no-legend "${ids[@]}" | wc -l)" = "$n" ]
}
ok "$n jobs run" eventually 30 all_run

# What was asked has been answered when jobd has told of a job that ended after it.
settled() {
        local id
        id=$(bus_start 1 true 0) && [ "$(bus_wait "$id")" = Completed ]
}
systemctl daemon-reload
ok "a job runs after a reload" settled
ok "all go on after a reload of PID 1" all_run
systemctl daemon-reexec
ok "a job runs when PID 1 was executed anew" eventually 20 settled
ok "all go on when PID 1 was executed anew" all_run
systemctl restart jobd
ok "all go on after a restart of jobd" eventually 20 all_run

systemctl kill --signal=KILL 'jobd-*.service'
for id in "${ids[@]}"; do
        bus_wait "$id"
done >states
is "each end is seen" "$(sort states | uniq -c | tr -s ' ')" " $n Failed"
