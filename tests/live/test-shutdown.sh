#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What stops jobs and their journal together: a restart of the journal's socket meanwhile, or just before, and a shutdown. How
# the jobs ended and what they said last is known afterwards.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

socket=systemd-journald@jobd.socket
service=systemd-journald@jobd.service

# The command takes its time to end, and has much to say.
cat >talker <<'END_OF_SCRIPT'
trap 'sleep 0.3; while [ -e hold ]; do sleep 0.05; done; seq 30000; echo last words >&2; exit 7' TERM
echo ready
while :; do sleep 0.05; done
END_OF_SCRIPT

talkers() {
        local n
        ids=()
        for n in 1 2 3; do
                ids+=("$(jobctl start -- bash talker)")
        done
        for n in "${ids[@]}"; do
                eventually 10 has_bytes "$n" 6 || return
        done
}

# ended_well WHEN: all of them.
ended_well() {
        local id
        timeout "$(patience 20)" jobctl wait "${ids[@]}" >/dev/null
        for id in "${ids[@]}"; do
                is "$1: how it ended is known, and nothing is lost" "$(properties "$id" ExitCode OutputLost)" "7 0"
                is "$1: its output is there" "$(stream "$id" | sha)" "$({ echo ready && seq 30000; } | sha)"
                like "$1: so are its last words" $'\n'"$(jobctl receive --stream=stderr "$id" 2>&1)"$'\n' $'\nlast words\n'
        done
}

are_being_stopped() {
        [ "$(systemctl list-units --no-legend --state=deactivating 'jobd-*.service' | wc -l)" -eq "${#ids[@]}" ]
}

is_to_restart() {
        systemctl list-jobs --no-legend "$socket" | grep -q restart
}

restarted_meanwhile() {
        local pids=()
        talkers
        touch hold
        jobctl stop "${ids[@]}" >/dev/null &
        pids+=("$!")
        ok "they are being stopped" eventually 10 are_being_stopped
        systemctl restart "$socket" &
        pids+=("$!")
        ok "the journal's socket is to be restarted" eventually 10 is_to_restart
        rm hold
        wait "${pids[@]}"
        ended_well "the journal's socket is restarted while they are stopped"
        is "they are Stopped" "$(property "${ids[0]}" State)" Stopped
}

# restarted_before UNIT…: journald is stopped with them, its start is to follow, and then the jobs are stopped.
restarted_before() {
        local pids=()
        talkers
        touch hold
        systemctl restart "$@" &
        pids+=("$!")
        ok "$*: journald is being stopped" eventually 10 has_active_state "$service" deactivating
        systemctl stop "${ids[@]/#/jobd-}" &
        pids+=("$!")
        ok "$*: then jobs are" eventually 10 are_being_stopped
        rm hold
        wait "${pids[@]}"
        ended_well "$* was being restarted when they were stopped"
        is "$*: they are Stopped" "$(property "${ids[0]}" State)" Stopped
}

# has_active_state UNIT STATE
has_active_state() {
        [ "$(systemctl show --value -p ActiveState "$1")" = "$2" ]
}

journal_stops_slowly() {
        local folder=/run/systemd/system/$service.d
        drop_in "$folder" "[Service]" "ExecStopPost=/bin/sh -c 'while [ -e $scratch/hold ]; do sleep 0.05; done'"
        on_exit sh -c "rm $folder/live-test.conf && systemctl daemon-reload"
        systemctl daemon-reload
        restarted_before "$socket"
        restarted_before "$service"
        restarted_before "$socket" jobd.service
}

back() {
        systemctl start "$socket" "$service" jobd.service
}

# shut_down UNIT…: all of them in one transaction, as at a shutdown.
shut_down() {
        talkers
        on_exit back
        ok "all of it is stopped at once" systemctl stop "$@" "$socket" "$service"
        is "no job is left" "$(systemctl list-units --no-legend --state=active,deactivating 'jobd-*.service' | wc -l)" 0
        back
}

restarted_meanwhile
journal_stops_slowly
shut_down jobd.slice
ended_well "jobs and journal are stopped"
shut_down jobd.slice jobd.service
ended_well "jobs, journal and jobd are stopped"
