#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl monitor while jobd is away: what happens meanwhile is told when jobd is back, once.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

jobd_pid() {
        systemctl show --value -p MainPID jobd.service
}

jobd_is_new() {
        local now
        now=$(jobd_pid)
        [ "$now" != 0 ] && [ "$now" != "$1" ]
}

# told N PATTERN: so many lines of the monitor, and of its JSON.
told() {
        [ "$(grep -cE "$2" monitor.text)" = "$1" ]
}

listens() {
        jobctl run true
        grep -q removed monitor.text && grep -q JobRemoved monitor.json
}

unit_has_ended() {
        ! systemctl is-active --quiet "jobd-$1.service"
}

start_monitors() {
        "$as_user" alice jobctl monitor >monitor.text 2>&1 &
        monitor=$!
        on_exit kill "$monitor"
        "$as_user" alice jobctl --json=short monitor >monitor.json 2>&1 &
        on_exit kill $!
        ok "monitors listen" eventually 10 listens
}

# A job that ends when there is the file go-NAME.
start_job() {
        as alice jobctl start -n "$1" -- sh -c "while [ ! -e $scratch/go-$1 ]; do sleep 0.05; done; exit 3"
}

stopped_for_a_while() {
        ends=$(start_job ends) stays=$(start_job stays) waits=$(start_job waits) gone=$(as alice jobctl start -n gone true)
        as alice jobctl --quiet wait "$gone"
        ok "all are told of" eventually 10 told 3 " ($ends|$stays|$waits) [a-z]+ Running$"
        systemctl stop jobd.service
        touch go-ends
        ok "one ends while jobd is away" eventually 10 unit_has_ended "$ends"
        rm -rf "/var/lib/jobd/$gone"
        systemctl start jobd.service
        ok "its end is told" eventually 10 told 1 " $ends ends Failed: exited with status 3$"
        ok "and that one is no more" eventually 10 told 1 " $gone gone removed$"
        touch go-waits
        ok "one that ended later" eventually 10 told 1 " $waits waits Failed: exited with status 3$"
        is "nothing is told twice" "$(sed -E 's/^.* ([0-9]+ )/\1/' monitor.text | sort | uniq -d)" ""
        is "as JSON: from which state to which" "$(python3 -c 'import json, sys
for line in open("monitor.json"):
    event = json.loads(line)
    if event["Id"] == int(sys.argv[1]):
        print(event["Event"], event.get("Previous"), event.get("State"))' "$ends" 2>&1 | tail -n 1)" \
                "StateChanged Running Failed"
}

# Jobs begin and end all the time, and jobd is killed in the middle of it.
killed_again_and_again() {
        local pid ids=()
        for _ in {1..4}; do
                pid=$(jobd_pid)
                for _ in {1..5}; do
                        ids+=("$(as alice jobctl start -n "many" -- sh -c 'sleep 0.2; exit 4')")
                done
                kill -s KILL "$pid"
                eventually 10 jobd_is_new "$pid"
        done
        fails 1 "all have ended" jobctl --quiet wait "${ids[@]}"
        ok "every end is told" eventually 20 told "${#ids[@]}" " many Failed: exited with status 4$"
        is "once each" "$(grep -E ' many Failed' monitor.text | sed -E 's/^.* ([0-9]+) many.*/\1/' | sort -un | wc -l)" \
                "${#ids[@]}"
        is "and that each was new" "$(grep -cE ' many new$' monitor.text)" "${#ids[@]}"
        is "nothing else" "$(sed -E 's/^.* ([0-9]+ )/\1/' monitor.text | sort | uniq -d)" ""
}

# Both monitors have asked for the name of a job.
have_asked() {
        [ "$(grep "\"path\":\"$manager_path/job/$1\"" heard | grep -c '"member":"GetAll"')" = 2 ]
}

# One monitor has asked for the name of a new job, and jobd is killed before it answers. The job ends meanwhile, and nothing
# that happens later wakes the monitor.
killed_while_asked() {
        local pid caught
        pid=$(jobd_pid)
        ok "the bus is watched" listen heard
        kill -s STOP "$monitor"
        caught=$(start_job caught)
        ok "a job runs of which one monitor has not heard" eventually 10 has_state "$caught" Running
        kill -s STOP "$pid"
        kill -s CONT "$monitor"
        ok "it asks for its name" eventually 10 have_asked "$caught"
        touch go-caught
        ok "the job ends" eventually 10 unit_has_ended "$caught"
        kill -s KILL "$pid"
        ok "its end is told" eventually 10 told 1 " $caught caught Failed: exited with status 3$"
        is "nothing is told twice" "$(sed -E 's/^.* ([0-9]+ )/\1/' monitor.text | sort | uniq -d)" ""
}

start_monitors
killed_while_asked
stopped_for_a_while
killed_again_and_again
