#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# No id is used twice, though the counter is lost, and with it the jobs themselves: the journal knows what was there.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

counter=/var/lib/jobd/next-id

lose_counter() {
        systemctl stop jobd.service
        rm "$counter"
        systemctl start jobd.service
}

id=$(jobctl start -- echo something)
ok "a job ends" jobctl wait --timeout="$(patience 30)" "$id"
ok "and is removed" jobctl remove "$id"
ok "the counter is lost" lose_counter
next=$(jobctl start -- sleep infinity)
ok "ids go on behind it ($id, $next)" test "$next" -gt "$id"

# of which the journal has no output, nor its end
ok "the counter, and the folder of a job that runs, are lost" eval "
        systemctl stop jobd.service
        rm -r $counter /var/lib/jobd/$next
        systemctl start jobd.service"
on_exit systemctl stop "jobd-$next.service"
last=$(jobctl start -- true)
ok "ids go on behind that one ($last)" test "$last" -gt "$next"
ok "the log says so" eval "journalctl --quiet --unit=jobd.service --since='@$begun' | grep -q 'next-id is missing: ids go on from $last'"
