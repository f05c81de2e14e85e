#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is done to a job's unit behind jobd's back: stopped, restarted, killed, with its slice or alone.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=output.sh
. "$here/output.sh"

by_systemctl='Stopped stopped stopped with systemctl'

# begin COMMAND…: a job of alice that has come so far that it printed a line.
begin() {
        id=$(as alice jobctl start "$@")
        eventually 10 has_bytes "$id" 1
}

# is_over DESCRIPTION ID PROPERTIES: soon, and nothing of its unit stays.
is_over() {
        ok "$1: it is over" eventually 5 finished "$2"
        is "$1: how" "$(properties "$2" State Result Reason)" "$3"
        ok "$1: its unit is gone" eventually 5 unit_is_gone "$2"
}

unit_is_gone() {
        [ "$(systemctl show --value -p LoadState "jobd-$1.service")" = not-found ]
}

# ran FILE N: so many lines are in it.
ran() {
        is "it ran ${2} time(s)" "$(wc -l <"$1")" "$2"
}

stopped() {
        begin -- sh -c 'echo begin; exec sleep 1000'
        ok "systemctl stop" systemctl stop "jobd-$id.service"
        is_over "a stop" "$id" "$by_systemctl"
        is "a stop: and its signal is told" "$(properties "$id" ExitCode ExitSignal)" "-1 15"
        ok "nobody of jobd's asked for it" test -z "$(property "$id" StopRequestedBy)"

        begin -- sh -c "trap 'echo end; exit 0' TERM; echo begin; while :; do sleep 0.02; done"
        ok "systemctl stop of a command that ends well then" systemctl stop "jobd-$id.service"
        is_over "a stop, exit 0" "$id" "$by_systemctl"
        is "a stop, exit 0: its last words" "$(properties "$id" ExitCode OutputLost) $(stream "$id")" $'0 0 begin\nend'

        begin --success-exit-status=3 -- sh -c "trap '' TERM; echo begin; while ! [ -e $scratch/go ]; do sleep 0.02; done; exit 3"
        systemctl stop --no-block "jobd-$id.service"
        ok "while it is being stopped it is Stopping" eventually 5 has_state "$id" Stopping
        touch go
        is_over "a slow stop" "$id" "$by_systemctl"

        begin --stop-timeout=200ms -- sh -c "trap '' TERM; echo begin; while :; do sleep 0.02; done"
        ok "systemctl stop of a deaf command" systemctl stop "jobd-$id.service"
        is_over "a stop that took KILL" "$id" "$by_systemctl"

        begin -t 1h --stop-timeout=200ms -- sh -c "trap '' TERM; echo begin; while :; do sleep 0.02; done"
        ok "systemctl stop of one with a time limit" systemctl stop "jobd-$id.service"
        is_over "a stop before the time limit" "$id" "$by_systemctl"
}

restarted() {
        rm -f runs
        install -o alice /dev/null runs
        begin -- sh -c "echo >>$scratch/runs; echo begin; exec sleep 1000"
        ok "systemctl restart" systemctl restart "jobd-$id.service"
        is_over "a restart" "$id" "$by_systemctl"
        ran runs 1

        # jobd-exec is killed: it has said nothing to jobd, and everything is there for a second one
        begin --stop-timeout=200ms -- sh -c "echo >>$scratch/runs; trap '' TERM; echo begin; while :; do sleep 0.02; done"
        ok "systemctl restart of a deaf command" systemctl restart "jobd-$id.service"
        is_over "a restart that took KILL" "$id" "$by_systemctl"
        ran runs 2

        begin -- sh -c "echo >>$scratch/runs; trap 'exit 0' TERM; echo begin; while :; do sleep 0.02; done"
        systemctl kill --signal=STOP jobd.service
        ok "systemctl restart while jobd does not look" systemctl restart "jobd-$id.service"
        systemctl kill --signal=CONT jobd.service
        is_over "a restart that jobd did not see" "$id" "$by_systemctl"
        ran runs 3
}

with_their_slice() {
        local ids=() n
        for n in 1 2 3; do
                begin -- sh -c 'echo begin; exec sleep 1000'
                ids+=("$id")
        done
        begin -- sh -c 'echo begin; echo end; exit 4'
        ok "one has its own end" eventually 5 finished "$id"
        ok "systemctl restart of the slice" systemctl restart jobd.slice
        for n in "${ids[@]}"; do
                is_over "the slice: job $n" "$n" "$by_systemctl"
        done
        is "which it keeps" "$(properties "$id" State ExitCode)" "Failed 4"
}

# What is no stop.
killed() {
        begin -- sh -c 'echo begin; exec sleep 1000'
        systemctl kill "jobd-$id.service"
        is_over "systemctl kill" "$id" "Failed signal killed by signal TERM"
        begin -- sh -c "trap 'exit 0' TERM; echo begin; while :; do sleep 0.02; done"
        systemctl kill "jobd-$id.service"
        is_over "systemctl kill, exit 0" "$id" "Completed success "
        begin -t 300ms -- sh -c 'echo begin; exec sleep 1000'
        is_over "a time limit" "$id" "Failed timeout ran longer than 300ms"
        begin -- sh -c 'echo begin; exec sleep 1000'
        as alice jobctl stop "$id"
        is_over "a stop by jobctl" "$id" "Stopped stopped stopped by alice"
}

# A stop in the moment of the end: it was in time, or it was not.
races() {
        local n ids=()
        for n in $(seq 24); do
                id=$(jobctl start -- sh -c "sleep 0.0$((n % 8)); echo end; exit 5")
                (sleep "0.0$((n % 5))" && exec systemctl stop "jobd-$id.service") 2>/dev/null &
                ids+=("$id")
        done
        wait
        jobctl wait --timeout="$(patience 30)" "${ids[@]}" >/dev/null
        for id in "${ids[@]}"; do
                properties "$id" State ExitCode OutputLost Reason
        done >races
        # before systemd ran it, it cannot tell more
        is "each was stopped, or has its own end" "$(grep -vxE 'Stopped (5|-1) 0 stopped with systemctl|Failed 5 0 exited with status 5|Failed -1 0 cannot be started: systemd did not run it' races)" ""
}

# jobd-exec tells it to the next jobd.
while_jobd_is_away() {
        local stopped trapped killed ended
        begin -- sh -c 'echo begin; exec sleep 1000'
        stopped=$id
        begin -- sh -c "trap 'echo end; exit 0' TERM; echo begin; while :; do sleep 0.02; done"
        trapped=$id
        begin -- sh -c 'echo begin; exec sleep 1000'
        killed=$id
        begin -- sh -c "echo begin; while ! [ -e $scratch/now ]; do sleep 0.02; done; exit 6"
        ended=$id
        ok "jobd is stopped" systemctl stop jobd.service
        ok "and its jobs, by systemctl" systemctl stop "jobd-$stopped.service" "jobd-$trapped.service"
        systemctl kill "jobd-$killed.service"
        touch now
        for id in "$killed" "$ended"; do
                ok "job $id ends" eventually 10 sh -c "! systemctl --quiet is-active jobd-$id.service"
        done
        ok "jobd is started" systemctl start jobd.service
        is_over "a stop without jobd" "$stopped" "$by_systemctl"
        is_over "a stop without jobd, exit 0" "$trapped" "$by_systemctl"
        is "its last words" "$(stream "$trapped")" $'begin\nend'
        is_over "a kill without jobd" "$killed" "Failed signal killed by signal TERM"
        is_over "an end without jobd" "$ended" "Failed exit-code exited with status 6"
}

needrestart_leaves_them() {
        local conf=/etc/needrestart/conf.d/jobd.conf
        is "needrestart leaves jobs alone, and them alone" "$(perl -e '
                our %nrconf; do shift or die;
                for my $unit (@ARGV) {
                        my ($re) = grep { $unit =~ /$_/ } keys %{$nrconf{override_rc}};
                        print "$unit: ", defined($re) ? $nrconf{override_rc}->{$re} : "-", "\n";
                }' "$conf" jobd-7.service jobd-7-2.service jobd.service jobd-exec.service my-jobd-7.service)" \
                "jobd-7.service: 0
jobd-7-2.service: 0
jobd.service: -
jobd-exec.service: -
my-jobd-7.service: -"
}

stopped
restarted
with_their_slice
killed
races
while_jobd_is_away
needrestart_leaves_them
