#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Families: one job with a child for each item, so many at once, over kills of jobd; what is done to a parent is done to
# its children, and what it is follows from them.
# timeout: 120
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# shown ID NAME…: the properties' values, on a line.
shown() {
        local id=$1
        shift
        jobctl show -p "$(IFS=,; echo "$*")" --value "$id" | paste -sd ' '
}

# states ID: of the children, in their order.
states() {
        jobctl --no-legend list --children "$1" --json=short |
                python3 -c 'import json, sys; print(*(job["State"] for job in json.load(sys.stdin) if "Child" in job))'
}

# states_are ID STATE…
states_are() {
        [ "$(states "$1")" = "${*:2}" ]
}

# A child: writes down that its item runs, and goes on when it may.
# shellcheck disable=SC2016 # it is the child's
remember='echo "$1" >>ran; while ! [ -e go ]; do sleep 0.02; done; echo "item $1"'

one_of_three_fails() {
        local id
        id=$(jobctl start -n conv --each=a --each=b --each='c d' -- sh -c 'echo "do $1"; [ "$1" != b ]' sh {})
        fails 1 "not all are Completed" jobctl wait "$id"
        is "the children, in their order" "$(states "$id")" "Completed Failed Completed"
        is "the parent fails with them, and says with whom" "$(shown "$id" State Reason Result ExitCode)" \
                "Failed 1 of 3 failed; $id.2: exited with status 1 exit-code -1"
        is "a child has its own end" "$(shown "$id.2" Unit Parent State Reason ExitCode)" \
                "jobd-$id-2.service /org/jobd1/job/$id Failed exited with status 1 1"
        is "and its name, and its command" "$(shown "$id.3" Name Command)" \
                "conv.3 sh -c 'echo \"do \$1\"; [ \"\$1\" != b ]' sh 'c d'"
        is "the parent has their bytes" "$(shown "$id" NChildren OutputBytes)" "3 17"
        is "list has parents alone" "$(jobctl --no-legend list conv 'conv*' | wc -l)" 1
        is "with --children theirs, too" "$(jobctl --no-legend list --children conv | awk '{ print $1 }' | paste -sd ' ')" \
                "$id $id.1 $id.2 $id.3"
        is "by state" "$(jobctl --no-legend list --children --name='conv*' --state=failed | awk '{ print $1 }' | paste -sd ' ')" \
                "$id $id.2"
        is "all output, kept, child by child" "$(jobctl receive --keep "$id" 2>/dev/null)" $'do a\ndo b\ndo c d'
        is "one child's alone" "$(jobctl receive "$id.2" 2>/dev/null)" "do b"
        is "then it is gone from the whole" "$(jobctl receive "$id" 2>reason)" $'do a\ndo c d'
        is "and why it failed is told" "$(cat reason)" "job $id (conv): Failed: 1 of 3 failed; $id.2: exited with status 1"
        is "nothing is left" "$(shown "$id" HasMoreData)" no
        fails 1 "a child is not removed" jobctl remove "$id.2"
        like "but its parent" "$output" "Job $id\.2 belongs to job $id"
        ok "that is" jobctl remove "$id"
        ok "with everything" test ! -e "/var/lib/jobd/$id"
        fails 3 "children included" jobctl show "$id.1"
        rm -f reason
}

so_many_at_once() {
        local id
        id=$(seq 6 | jobctl start --each-from=- --parallel=2 -- sh -c "cd $scratch; $remember" sh {})
        ok "two of six run" eventually 10 states_are "$id" Running Running NotStarted NotStarted NotStarted NotStarted
        is "the others say what they wait for" "$(shown "$id.4" Reason)" "waits for a place in job $id (2 of 2 run)"
        is "the parent runs" "$(shown "$id" State ThrottleLimit)" "Running 2"
        ok "three may" jobctl set "$id" --parallel=3
        ok "and do" eventually 10 states_are "$id" Running Running Running NotStarted NotStarted NotStarted
        fails 2 "none may not" jobctl set "$id" --parallel=0
        touch go
        ok "all end" jobctl wait --timeout="$(patience 30)" "$id"
        is "each ran once" "$(sort ran | paste -sd ' ')" "1 2 3 4 5 6"
        is "all output, in order" "$(jobctl receive "$id")" "$(seq -f 'item %.0f' 6)"
        fails 1 "what has finished has no places" jobctl set "$id" --parallel=2
        jobctl remove "$id"
        rm -f ran go
}

over_kills() {
        local id
        id=$(seq 20 | jobctl start --each-from=- --parallel=3 -- \
                sh -c "echo \$1 >>$scratch/ran; seq \$1 3000; sleep 0.2" sh {})
        for _ in 1 2 3; do
                sleep 0.1 # somewhere in the middle
                ok "jobd is killed, and comes back" kill_jobd
        done
        ok "the family ends" jobctl wait --timeout="$(patience 60)" "$id"
        is "each child ran once" "$(sort -n ran | paste -sd ' ')" "$(seq 20 | paste -sd ' ')"
        is "nothing is lost" "$(jobctl receive "$id" | sha)" "$(for i in $(seq 20); do seq "$i" 3000; done | sha)"
        jobctl remove "$id"
        rm -f ran
}

stopping() {
        local id
        id=$(seq 4 | jobctl start --each-from=- --parallel=2 -- sh -c "cd $scratch; $remember" sh {})
        ok "two run" eventually 10 states_are "$id" Running Running NotStarted NotStarted
        ok "one is stopped" jobctl stop "$id.1"
        ok "the next has its place" eventually 10 states_are "$id" Stopped Running Running NotStarted
        ok "one that waits is stopped" jobctl stop "$id.4"
        is "it never ran" "$(shown "$id.4" State Reason BeginTimestamp)" "Stopped stopped by root "
        ok "all of them" jobctl stop "$id"
        is "end" "$(states "$id")" "Stopped Stopped Stopped Stopped"
        is "so does the parent" "$(shown "$id" State Reason)" "Stopped 4 of 4 stopped; $id.1: stopped by root"
        is "and nothing started afterwards" "$(sort ran | paste -sd ' ')" "1 2 3"
        ok "once more is none too many" jobctl stop "$id"
        jobctl remove "$id"
        rm -f ran

        id=$(seq 4 | jobctl start --each-from=- --parallel=2 --stop-timeout=2s -- \
                sh -c "echo \$1 >>$scratch/ran; trap '' TERM; while :; do sleep 0.1; done" sh {})
        ok "two do not heed TERM" eventually 10 states_are "$id" Running Running NotStarted NotStarted
        ok "their parent is stopped" jobctl stop --no-wait "$id"
        ok "and jobd killed meanwhile" kill_jobd
        fails 1 "all end" jobctl wait --timeout="$(patience 30)" "$id"
        is "as they were to" "$(states "$id")" "Stopped Stopped Stopped Stopped"
        is "none was started by the next jobd" "$(sort ran | paste -sd ' ')" "1 2"
        ok "a signal goes to nobody then" test "$(jobctl kill "$id" 2>&1)"
        jobctl remove "$id"
        rm -f ran
}

signals() {
        local id
        id=$(jobctl start --parallel=2 --each=1 --each=2 --each=3 -- sh -c 'trap "exit 5" USR1; while :; do sleep 0.1; done' sh {})
        ok "two run" eventually 10 states_are "$id" Running Running NotStarted
        ok "a signal" jobctl kill -s USR1 "$id"
        ok "is for those that run" eventually 10 states_are "$id" Failed Failed Running
        ok "they and the rest are removed with force" jobctl remove --force "$id"
        is "and no unit is left" "$(systemctl list-units --no-legend --all "jobd-$id-*" | wc -l)" 0
}

# A folder whose parent is not there was not accepted, or is half removed.
cut_off() {
        local id
        id=$(jobctl start --each=1 --each=2 echo)
        jobctl wait "$id" >/dev/null
        systemctl stop jobd
        cp -a "/var/lib/jobd/$id" torn
        rm "/var/lib/jobd/$id/job"
        systemctl start jobd
        ok "it goes at the next start" test ! -e "/var/lib/jobd/$id"
        fails 3 "and nobody knows it" jobctl show "$id.1"
}

order_of_ends() {
        local id
        jobctl monitor >events &
        watcher=$!
        ok "somebody watches" eventually 10 sh -c 'jobctl remove --force "$(jobctl start true)" 2>/dev/null; [ -s events ]'
        id=$(jobctl start --each=1 --each=2 -- true)
        jobctl wait "$id" >/dev/null
        ok "the parent's end is told" eventually 10 grep -qE "(^| )$id +.*Completed" events
        kill "$watcher"
        is "after those of its children" "$(grep Completed events | grep -oE "(^| )$id(\.[12])?( |\$)" | tail -n 1 | tr -d ' ')" "$id"
        jobctl remove "$id"
}

whose() {
        local id
        id=$(as alice jobctl start --each=1 --each=2 -- sleep 1000)
        fails 1 "bob does not stop a child of alice's" as bob jobctl --no-ask-password stop "$id.1"
        fails 1 "nor all" as bob jobctl --no-ask-password stop "$id"
        fails 1 "nor changes them" as bob jobctl --no-ask-password set "$id" --parallel=1
        ok "she does" as alice jobctl remove --force "$id"
        bus_refuses "several commands under properties that are for root" alice AccessDenied 'Only root may' manager StartJob \
                "['true']" "{'Tasks': <[[[byte 116]]]>, 'Isolate': <true>, 'Properties': <[('TimerSlackNSec', <uint64 5>)]>}"
        bus_refuses "or as another" alice AccessDenied 'Only root may' manager StartJob \
                "['/bin/true']" "{'Tasks': <[[[byte 116]]]>, 'Isolate': <true>, 'User': <'bob'>}"
}

bad_input() {
        local options="'Isolate': <true>"
        bus_refuses "no command" root InvalidArgument 'no command' manager StartJob "['true']" "{'Tasks': <@aaay []>, $options}"
        bus_refuses "an empty one" root InvalidArgument 'command 2 is empty' manager StartJob "['true']" \
                "{'Tasks': <[[[byte 116]], @aay []]>, $options}"
        bus_refuses "not isolated" root NotSupported 'Isolate' manager StartJob "['true']" "{'Tasks': <[[[byte 116]]]>}"
        bus_refuses "none at a time" root InvalidArgument 'ThrottleLimit' manager StartJob "['true']" \
                "{'Tasks': <[[[byte 116]]]>, $options, 'ThrottleLimit': <uint32 0>}"
        bus_refuses "places without commands" root InvalidArgument 'ThrottleLimit' manager StartJob "['true']" \
                "{'ThrottleLimit': <uint32 2>}"
        fails 1 "too many" sh -c 'seq 1001 | jobctl start --each-from=- true'
        like "which says how many there may be" "$output" "more than 1000 commands"
        fails 1 "no items" sh -c 'jobctl start --each-from=/dev/null true'
        fails 1 "a NUL in a line" sh -c "printf 'a\\0b' | jobctl start --each-from=- true"
        fails 1 "no such file" jobctl start --each-from=missing true
        fails 1 "a pattern of no file" jobctl start --each='*.none' true
        fails 2 "places of nobody" jobctl start --parallel=2 true
        fails 2 "NUL between no items" jobctl start -0 --each=a true
        fails 1 "a place for whom" jobctl set "$(jobctl start true)" --parallel=2
        fails 2 "nothing to change" jobctl set 1
        is "nothing was started" "$(jobctl list --children --json=short | grep -c '"Child"')" 0
}

watcher=
end_watcher() {
        [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
}
on_exit end_watcher
one_of_three_fails
so_many_at_once
over_kills
stopping
signals
cut_off
order_of_ends
whose
bad_input
