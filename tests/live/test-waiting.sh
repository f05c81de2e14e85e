#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl wait and WaitJobs: for all and for any, for how long, for which state, and what becomes of the jobs meanwhile.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# Everything as erin, who has no other jobs.
useradd --create-home erin 2>/dev/null
ctl() {
        as erin jobctl "$@"
}

is_in_state() {
        [ "$(jobctl show -p State --value "$1")" = "$2" ]
}

# waits FILE ARG…: a wait in the background; what it printed will be in FILE, its status in FILE.status.
waits() {
        local file=$1
        shift
        {
                "$as_user" erin jobctl --no-legend wait "$@" >"$file" 2>&1
                echo $? >"$file.status"
        } &
}

is_asked_twice() {
        [ "$(grep -c '"WaitJobs"' heard)" -ge 2 ]
}

# ended FILE STATUS
ended() {
        [ "$(cat "$1.status" 2>/dev/null)" = "$2" ]
}

ids() {
        awk '{ print $1 }' "$@" | xargs
}

# A job that ends when the file is there, with that exit status.
waiting_job() { # FILE [STATUS]
        ctl start -- sh -c "until test -e $scratch/$1; do sleep 0.02; done; exit ${2:-0}"
}

all_and_any() {
        local a b c
        chmod 0777 "$scratch"
        a=$(waiting_job go-a) b=$(waiting_job go-b 3) c=$(waiting_job go-c)
        is "--timeout=0 asks, and returns" "$(ctl wait --timeout=0 "$a" "$b" >out 2>&1; echo $?)" 124
        is "a fraction of a second, likewise" "$(ctl wait --timeout=0.05 "$a" >out 2>&1; echo $?)" 124
        is "the jobs go on" "$(ctl --no-legend list --state=NotStarted,Running | wc -l)" 3
        waits any --any "$a" "$b" "$c"
        waits all "$a" "$b" "$c"
        touch go-b
        ok "--any: the first to end is the answer" eventually 10 ended any 1
        is "and alone is printed" "$(ids any)" "$b"
        is "after it is there, too" "$(ctl --no-legend wait --any "$a" "$b" | ids)" "$b"
        is "on time-out those that finished are printed" "$(ctl --no-legend wait --timeout=0 "$c" "$b" "$a" | ids)" "$b"
        is "with 124" "$(ctl wait --timeout=0 "$c" "$b" >out 2>&1; echo $?)" 124
        ok "all are waited for still" test ! -e all.status
        touch go-a go-c
        ok "until all have ended; one did not complete" eventually 10 ended all 1
        is "in the order in which they were named" "$(ids all)" "$a $b $c"
        fails 2 "a time that is none" as erin jobctl wait --timeout=-1 "$a"
        fails 3 "no such job does not keep the others" as erin jobctl --no-legend wait 4000000000 "$a"
        like "…" "$output" "(^|"$'\n'") *$a "
        ctl remove "$a" "$b" "$c"
}

removed() {
        local a b
        a=$(waiting_job never) b=$(waiting_job go-2)
        listen heard
        waits gone "$a" "$b"
        waits any --any "$a" "$b"
        ok "two wait" eventually 10 is_asked_twice
        ok "a job that is waited for is removed" as erin jobctl remove --force "$a"
        ok "--any: it had ended before" eventually 10 ended any 1
        touch go-2
        ok "the others are waited for, and it makes the status 1" eventually 10 ended gone 1
        like "with a message" "$(cat gone)" "job $a was removed while it was waited for"
        like "and the line of the other" "$(cat gone)" "$b "
        ctl remove "$b"
}

states() {
        local a b
        a=$(waiting_job go-3)
        ok "--state=running" as erin jobctl wait --state=running "$a"
        ok "and it is" is_in_state "$a" Running
        is "its line is printed" "$(ctl --no-legend wait --state=Running,Suspended "$a" | ids)" "$a"
        is "on time-out" "$(ctl wait --timeout=0 --state=Stopping "$a" >out 2>&1; echo $?)" 124
        b=$(ctl start false)
        ctl --quiet wait "$b"
        fails 1 "what has finished comes to no other state" as erin jobctl wait --state=running "$b"
        like "it is told" "$output" "job $b is Failed, and will not be Running any more"
        waits stopping --state=Stopping,Stopped "$a"
        ok "stopped" as erin jobctl stop "$a"
        ok "is one of the states" eventually 10 ended stopping 0
        fails 2 "a state that there is not" as erin jobctl wait --state=ran "$a"
        fails 2 "it names no jobs" as erin jobctl wait --state=Running
        ctl remove "$a" "$b"
}

# Filters say which, at the time of the call.
chosen() {
        local a b
        a=$(ctl start -n w1 true) b=$(ctl start -n w2 true)
        is "by name" "$(ctl --no-legend wait --name='w?' | ids)" "$a $b"
        is "none" "$(ctl wait --name='x*'; echo $?)" 0
        ctl remove "$a" "$b"
}

# jobd is killed while they wait, and they go on.
restarted() {
        local a
        a=$(waiting_job go-4)
        ok "runs" as erin jobctl wait --state=running "$a"
        waits over --state=Stopped "$a"
        waits all "$a"
        systemctl kill -s KILL jobd.service
        ok "jobd is back" eventually 30 jobctl list
        touch go-4
        ok "a wait goes on over a restart of jobd" eventually 30 ended all 0
        ok "that for a state, too" eventually 30 ended over 1
        ctl remove "$a"
}

all_and_any
removed
states
chosen
restarted
