#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The namespace's journald may be killed, restarted, out of space, or not there: no job hangs for ever, nothing is lost
# that can be kept, and what is lost is shown.
# timeout: 90
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

socket=systemd-journald@jobd.socket
service=systemd-journald@jobd.service
size=$((192 * 1024 * 1024))

# grown ID BYTES: more than that have come.
grown() {
        has_bytes "$1" $(($2 + 1000000))
}

# Ten times, each when the next one is at work.
killed_in_mid_output() {
        local id kill pid before
        id=$(jobctl start -- "$scratch/random" 3 "$size")
        random 3 "$size" | sha >expected &
        for kill in $(seq 10); do
                before=$(property "$id" OutputBytes)
                eventually 5 grown "$id" "$before" || finished "$id"
                pid=$(journald_pid)
                kill -s KILL "$pid"
                eventually 5 journald_is_new "$pid" || fail "journald comes back ($kill)"
        done
        ok "the job ends" jobctl wait --timeout="$(patience 20)" "$id"
        wait "$!"
        is "every byte is there though journald was killed ten times" "$(jobctl receive "$id" | sha)" "$(cat expected)"
        is "and nothing is said to be lost" "$(properties "$id" State OutputBytes OutputLost)" "Completed $size 0"
}

socket_restarted() {
        local id
        id=$(jobctl start -- "$scratch/random" 4 48M)
        eventually 5 grown "$id" 0
        ok "the socket is restarted in mid-output" systemctl restart "$socket"
        ok "the job ends" jobctl wait --timeout="$(patience 20)" "$id"
        is "every byte is there" "$(jobctl receive "$id" | sha)" "$(random 4 48M | sha)"
        is "nothing is lost" "$(property "$id" OutputLost)" 0
}

# jobd is away when a job needs a new socket to write to: it waits for the next one. A user's job, which cannot connect.
replaced_without_jobd() {
        local id pid
        pid=$(systemctl show --value -p MainPID jobd.service)
        id=$(as alice jobctl start -C "$scratch" -- sh -c 'echo begin; while ! [ -e replaced ]; do sleep 0.02; done; echo end')
        eventually 5 has_bytes "$id" 6
        kill -s STOP "$pid"
        systemctl restart "$socket"
        touch replaced
        ok "its command is over" eventually 5 has_no_command "$id"
        sleep 0.3
        ok "but it has something to say" systemctl is-active --quiet "jobd-$id.service"
        kill -s KILL "$pid"
        ok "the next jobd gives it what it needs" eventually 10 has_bytes "$id" 10
        ok "it ends" jobctl wait --timeout="$(patience 10)" "$id"
        is "with every byte" "$(properties "$id" State OutputBytes OutputLost)" "Completed 10 0"
        is "as it wrote them" "$(jobctl receive "$id")" $'begin\nend'
}

has_no_command() {
        ! command_of "$1"
}

# A journal that is not there yet: the first job of a new machine.
first_job() {
        local id
        systemctl stop jobd.service "$socket" "$service"
        rm -rf /var/log/journal/*.jobd
        rmdir --ignore-fail-on-non-empty /var/log/journal
        systemctl start "$socket" jobd.service
        id=$(jobctl start -- "$scratch/random" 5 80M)
        ok "the very first job ends" jobctl wait --timeout="$(patience 20)" "$id"
        is "with every byte, and without a journal before it" "$(jobctl receive "$id" | sha)" "$(random 5 80M | sha)"
}

# Stopped: a job waits for it, then runs. Masked: jobs fail after a while, and say why.
not_there() {
        local waiting failing
        systemctl stop "$socket" "$service"
        waiting=$(jobctl start -- echo hello)
        ok "a job waits for the journal" eventually 5 systemctl is-active --quiet "jobd-$waiting.service"
        systemctl start "$socket"
        ok "it runs when that is there" jobctl wait --timeout="$(patience 10)" "$waiting"
        is "with its output" "$(jobctl receive "$waiting")" hello

        systemctl --quiet mask --runtime "$socket"
        systemctl --quiet stop "$socket" 2>/dev/null
        on_exit systemctl --quiet unmask --runtime "$socket"
        systemctl stop "$service" 2>/dev/null
        failing=$(jobctl start -- echo hello)
        fails 1 "without a journal a job ends, too" jobctl wait --timeout="$(patience 20)" "$failing"
        like "and has failed for a reason" "$(properties "$failing" State Reason)" '^Failed .*journal'
        systemctl --quiet unmask --runtime "$socket"
        systemctl start "$socket"
}

restart_all() {
        systemctl start "$socket" jobd.service
}

off_small_disks() {
        systemctl stop jobd.service "$socket" "$service"
        umount "$@"
        restart_all
}

# on_small_disks FOLDER…: journald's folders are each on a disk of their own.
on_small_disks() {
        local folder
        systemctl stop jobd.service "$socket" "$service"
        for folder in "$@"; do
                mkdir -p "$folder"
                mount -t tmpfs -o size=24M,mode=0755 tmpfs "$folder"
        done
        on_exit off_small_disks "$@"
        restart_all
}

no_space() {
        [ "$(df --output=avail -k "$1" | tail -n 1)" -eq 0 ]
}

has_space() {
        ! no_space "$1" && ! [ -e "$1/fill" ]
}

# fill_disk FOLDER UNTIL: takes every byte, also those that journald gives free, until that file is there.
fill_disk() {
        until [ -e "$2" ]; do
                cat /dev/zero >>"$1/fill" 2>/dev/null
                sleep 0.01
        done
        rm -f "$1/fill"
}

# A full disk: journald goes on in /run. That full, too: what it drops is lost, and shown; the job goes on, and so does
# journald when there is room.
disks_full() {
        local id lost piece=$((30 * 1024 * 1024))
        disk=$(echo /var/log/journal/*.jobd)
        run=/run/log/journal/${disk##*/}
        on_small_disks "$disk" "$run"
        # shellcheck disable=SC2016
        id=$(jobctl start -- sh -c 'wait_for() { while ! [ -e "$1" ]; do sleep 0.02; done; }
                echo begin; for step in full both; do wait_for $step; head -c 30M /dev/urandom; touch written.$step; done
                wait_for on; echo; echo end')
        eventually 5 has_bytes "$id" 6
        fill_disk "$disk" room &
        ok "the disk is full" eventually 5 no_space "$disk"
        touch full
        ok "a job goes on" eventually 20 test -e written.full
        ok "all of it comes" eventually 10 has_bytes "$id" $((6 + piece))
        is "and nothing is lost" "$(property "$id" OutputLost)" 0

        fill_disk "$run" room &
        ok "/run is full" eventually 5 no_space "$run"
        touch both
        ok "a job goes on even then" eventually 20 test -e written.both
        touch room
        eventually 5 has_space "$disk"
        touch on
        ok "and ends" jobctl wait --timeout="$(patience 30)" "$id"
        lost=$(property "$id" OutputLost)
        ok "something was lost" test "$lost" -gt 0
        is "and not a byte more than is shown" "$(($(property "$id" OutputBytes) + lost))" $((6 + 2 * piece + 5))
        is "what came with room is there" "$(jobctl receive --keep "$id" 2>/dev/null | tail -c 5)" $'\nend'
        like "the receiver is told" "$(jobctl receive "$id" 2>&1 >/dev/null)" "$lost bytes of output were lost"
}

# The end of a job, and the record of it, in the middle of that.
end_is_lost() {
        local id
        rm -f room
        fill_disk "$disk" room &
        fill_disk "$run" room &
        ok "both are full again" eventually 5 no_space "$run"
        id=$(jobctl start -- sh -c 'head -c 30M /dev/zero; echo error >&2; exit 5')
        fails 1 "a job ends even so" jobctl wait --timeout="$(patience 30)" "$id"
        is "with its status, and every byte accounted for" \
                "$(property "$id" ExitCode) $(($(property "$id" OutputBytes) + $(property "$id" OutputLost)))" \
                "5 $((30 * 1024 * 1024 + 6))"
        touch room
}

killed_in_mid_output
socket_restarted
replaced_without_jobd
first_job
not_there
disks_full
end_is_lost
