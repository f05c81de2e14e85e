#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Jobs are suspended and resumed: nothing is lost, whoever dies meanwhile.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# Counts as fast as it can be seen to.
counter() {
        # shellcheck disable=SC2016 # the job's shell expands it
        jobctl start "$@" -- sh -c 'n=0; while ! [ -e '"$scratch"'/enough ]; do n=$((n + 1)); echo "$n"; sleep 0.01; done'
}

is_in() {
        [ "$(property "$1" State)" = "$2" ]
}

cgroup_of() {
        printf '/sys/fs/cgroup%s\n' "$(systemctl show --value -p ControlGroup "jobd-$1.service")"
}

# frozen ID: as the kernel says.
frozen() {
        grep -qx 'frozen 1' "$(cgroup_of "$1")/cgroup.events"
}

next_jobd() {
        local old
        old=$(jobd_pid)
        kill -KILL "$old"
        eventually 10 eval "[ \"\$(jobd_pid)\" != 0 ] && [ \"\$(jobd_pid)\" != $old ]"
}

stands_still_and_goes_on() {
        local id
        id=$(counter)
        ok "a job counts" eventually 10 has_bytes "$id" 20
        ok "it is suspended" jobctl suspend "$id"
        is "which it is at once, and why" "$(properties "$id" State Reason)" "Suspended suspended by root"
        ok "as the kernel says" frozen "$id"
        ok "once more is the same" jobctl suspend "$id"
        fails 1 "nobody waits for it" jobctl wait "$id"
        like "without being told" "$output" "job $id is Suspended"
        ok "the next jobd" next_jobd
        is "finds it as it was" "$(properties "$id" State Reason)" "Suspended suspended by root"
        ok "PID 1 is executed anew" systemctl daemon-reexec
        ok "and it still is" frozen "$id"
        ok "it is resumed" jobctl resume "$id"
        is "and runs, for no reason" "$(properties "$id" State Reason)" "Running "
        ok "as the kernel says" eval "! frozen $id"
        fails 1 "it cannot be resumed again" jobctl resume "$id"
        like "as it is not suspended" "$output" "not suspended \(Running\)"
        touch enough
        ok "it ends" jobctl wait --timeout=20 "$id"
        rm enough
        stream "$id" >counted
        is "every number is there" "$(sha counted)" "$(seq "$(tail -n 1 counted)" | sha)"
        fails 1 "it cannot be suspended any more" jobctl suspend "$id"
        like "as it has finished" "$output" "already finished"
}

ends_while_suspended() {
        local id
        id=$(jobctl start -- sleep 1000)
        eventually 10 is_in "$id" Running
        jobctl suspend "$id"
        ok "a suspended job is stopped" jobctl stop "$id"
        is "as any other" "$(properties "$id" State Reason)" "Stopped stopped by root"

        id=$(jobctl start -- sleep 1000)
        eventually 10 is_in "$id" Running
        jobctl suspend "$id"
        ok "one is killed" jobctl kill -9 "$id"
        ok "and dies" eventually 10 is_in "$id" Failed
        is "of that" "$(property "$id" Reason)" "killed by signal KILL"

        id=$(jobctl start -- sleep 1000)
        eventually 10 is_in "$id" Running
        jobctl suspend "$id"
        ok "one is removed" jobctl remove --force "$id"
        fails 3 "and is gone" jobctl status "$id"

        id=$(jobctl start -- sleep 1000)
        eventually 10 is_in "$id" Running
        jobctl suspend "$id"
        kill -KILL "$(systemctl show --value -p MainPID "jobd-$id.service")"
        ok "one whose jobd-exec is killed ends" eventually 20 is_in "$id" Failed
}

# jobd asks systemd, and dies.
killed_in_between() {
        local id
        id=$(jobctl start -- sleep 1000)
        eventually 10 is_in "$id" Running
        jobctl suspend --no-wait "$id"
        ok "jobd dies as it suspends" next_jobd
        ok "the next one has it done" eventually 20 is_in "$id" Suspended
        ok "it is frozen" frozen "$id"
        ok "systemctl thaws it" systemctl thaw "jobd-$id.service"
        ok "and jobd dies" next_jobd
        ok "the next one sees it run" eventually 20 is_in "$id" Running
        ok "systemctl freezes it" systemctl freeze "jobd-$id.service"
        ok "and jobd dies" next_jobd
        ok "the next one sees it suspended" eventually 20 is_in "$id" Suspended
        is "by whom" "$(property "$id" Reason)" "frozen with systemctl"
        ok "it is resumed" jobctl resume "$id"
}

others() {
        local id
        id=$(jobctl start -- sleep 1000)
        eventually 10 is_in "$id" Running
        fails 1 "somebody else may not suspend it" as bob jobctl --no-ask-password suspend "$id"
        is "and it runs" "$(property "$id" State)" Running
}

stands_still_and_goes_on
ends_while_suspended
killed_in_between
others
