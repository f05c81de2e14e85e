#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd is stopped, not restarted: systemd before 254 lets go of the control sockets then. The next jobd has its jobs in hand
# all the same: signals, flow control, status messages, a socket to the journal.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

meetings=/run/jobd/control
on_exit systemctl start systemd-journald@jobd.socket jobd.service

stop_and_start() {
        systemctl stop jobd.service && systemctl start jobd.service
}

# meeting ID: where its jobd-exec can be met.
meeting() {
        printf '%s/%s\n' "$meetings" "$(property "$1" InstanceId)"
}

# exec_of ID: the process id of its jobd-exec.
exec_of() {
        systemctl show --value -p MainPID "jobd-$1.service"
}

# wakeups PID…
wakeups() {
        local pid
        for pid; do
                awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status"
        done
}

jobs_are_in_hand() {
        local talker quiet
        # shellcheck disable=SC2016 # the job's shell expands it
        talker=$(jobctl start -- sh -c 'trap "echo told; systemd-notify --status=told" USR1
                systemd-notify --status=waits; echo begin; while ! [ -e '"$scratch"'/end ]; do sleep 0.05; done; exit 5')
        quiet=$(jobctl start --private-network --protect-system=strict -- sh -c 'sleep 1000 & sleep 1000 & wait')
        ok "a job talks" eventually 5 has_bytes "$talker" 6
        ok "another is quiet, in a box" eventually 5 pgrep -P "$(command_of "$quiet")"
        ok "jobd is stopped, and started" stop_and_start
        ok "a signal reaches the command" jobctl kill -s USR1 "$talker"
        ok "which answers" eventually 5 has_bytes "$talker" 11
        ok "its word about itself is heard" eventually 5 eval '[ "$(property '"$talker"' StatusMessage)" = told ]'
        ok "three times" eval 'for i in 1 2 3; do systemctl stop jobd.service && systemctl start jobd.service; done'
        ok "and it is reached again" jobctl kill -s USR1 "$talker"
        ok "as before" eventually 5 has_bytes "$talker" 16
        ok "jobd is killed" eval 'old=$(jobd_pid); kill -KILL "$old"; eventually 5 eval "[ \"\$(jobd_pid)\" != 0 ] && [ \"\$(jobd_pid)\" != $old ]"'
        ok "that jobd keeps the new control sockets" jobctl kill -s USR1 "$talker"
        ok "which lead to the same job" eventually 5 has_bytes "$talker" 21
        ok "all processes of a box can be killed" jobctl kill --all -s KILL "$quiet"
        fails 1 "they are" jobctl wait --timeout="$(patience 10)" "$quiet"
        is "and no process of theirs is left" "$(property "$quiet" Result)" signal
        touch end
        fails 1 "the job ends" jobctl wait --timeout="$(patience 10)" "$talker"
        is "as it should" "$(properties "$talker" State ExitCode OutputLost) $(stream "$talker")" \
                $'Failed 5 0 begin\ntold\ntold\ntold'
}

# The job fills its 256 KiB, and waits; nobody receives while jobd is away.
a_full_job_waits() {
        local id command before
        truncate -s 64M zeros
        id=$(jobctl start --output-limit=256K --output-full=block -- openssl enc -aes-128-ctr -nosalt -in zeros \
                -K "$(printf '%032x' 3)" -iv 00000000000000000000000000000000)
        ok "a job that blocks is at its limit" eventually 10 command_stands_still "$id"
        command=$(command_of "$id")
        before=$(written_by "$command")
        systemctl stop jobd.service
        ok "without jobd it waits" stands_still "$command"
        is "at the same place" "$(written_by "$command")" "$before"
        systemctl start jobd.service
        ok "with the next one it still does" stands_still "$command"
        is "there" "$(written_by "$command")" "$before"
        jobctl receive --follow "$id" | sha >received &
        ok "its output is being received" eventually 10 eval "! [ -e /proc/$command ] || [ \"\$(written_by $command)\" -gt $((before + 1000000)) ]"
        # once more, in mid-work; the client may have it started before it has stopped
        systemctl stop jobd.service
        ok "jobd is there again" systemctl start jobd.service
        wait "$!"
        is "all of it comes, once" "$(cat received)" "$(random 3 64M | sha)"
        is "and nothing is lost" "$(properties "$id" State OutputLost OutputDropped)" "Completed 0 0"
}

command_stands_still() {
        local pid
        pid=$(command_of "$1") && [ -n "$pid" ] && [ "$(written_by "$pid")" -gt 200000 ] && stands_still "$pid"
}

# The socket to the journal is closed while there is no jobd to hand out another one.
a_journal_is_had_again() {
        local id
        # shellcheck disable=SC2016
        id=$(jobctl start -- sh -c 'n=0; while ! [ -e '"$scratch"'/enough ]; do n=$((n + 1)); echo "$n"; sleep 0.01; done; echo "end $n"')
        ok "a job counts" eventually 5 has_bytes "$id" 20
        systemctl stop jobd.service
        ok "the journal's socket is made anew" systemctl restart systemd-journald@jobd.socket
        sleep 0.5 # some numbers that nobody can take
        systemctl start jobd.service
        sleep 0.2
        touch enough
        ok "the job ends" jobctl wait --timeout="$(patience 20)" "$id"
        is "nothing is lost" "$(property "$id" OutputLost)" 0
        jobctl receive "$id" >counted
        is "every number is there" "$(sed '$d' counted | sha)" "$(seq "$(tail -n 1 counted | cut -d ' ' -f 2)" | sha)"
}

a_frozen_job_is_met_later() {
        local id
        id=$(jobctl start -- sleep 1000)
        ok "it runs" eventually 5 command_of "$id"
        ok "it is frozen" systemctl freeze "jobd-$id.service"
        ok "over three jobds" eval 'for i in 1 2 3; do systemctl stop jobd.service && systemctl start jobd.service; done'
        ok "it is sent a signal" jobctl kill -s USR2 "$id"
        ok "and thawed" systemctl thaw "jobd-$id.service"
        fails 1 "it gets it" jobctl wait --timeout="$(patience 10)" "$id"
        is "from the newest jobd" "$(property "$id" Reason)" "killed by signal USR2"
}

nobody_polls() {
        local ids=() pids=() i before
        for i in 1 2 3 4; do
                ids+=("$(jobctl start -- sleep 1000)")
        done
        for i in "${ids[@]}"; do
                eventually 5 command_of "$i" >/dev/null
                pids+=("$(exec_of "$i")")
        done
        systemctl stop jobd.service
        eventually 5 sleeps "${pids[@]}"
        sleep 0.3
        before=$(wakeups "${pids[@]}")
        sleep 2
        is "without jobd, a jobd-exec with nothing to do does nothing" "$(wakeups "${pids[@]}")" "$before"
        systemctl start jobd.service
}

# Nobody but root can come in between: not the user, not his command, not another user.
others_are_kept_out() {
        local id place
        id=$(as alice jobctl start -- sh -c "ls $meetings; cd $meetings; sleep 1000")
        place=$(meeting "$id")
        ok "alice's job can be met" eventually 5 test -S "$place"
        cat >knock.py <<'PYTHON'
import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
    for act in s.connect, s.bind:
        try:
            act(sys.argv[1] + ("" if act == s.connect else "x"))
            print("let in")
        except OSError as error:
            print(error.strerror)
PYTHON
        is "alice cannot come in between" "$(as alice python3 "$scratch/knock.py" "$place")" $'Permission denied\nPermission denied'
        is "nor can bob" "$(as bob python3 "$scratch/knock.py" "$place")" $'Permission denied\nPermission denied'
        ok "nor can the command" eventually 5 eval "jobctl receive --keep $id 2>&1 | grep -c 'ermission denied\|can.t cd' | grep -qx 2"
        is "the folder is root's alone" "$(stat -c '%U %a' "$meetings" "$place")" $'root 700\nroot 700'
        jobctl stop --quiet "$id"
        fails 1 "when it has ended" jobctl wait --timeout="$(patience 10)" "$id"
        ok "the place goes" eventually 5 eval "! [ -e $place ]"

        id=$(jobctl start -- sleep 1000)
        place=$(meeting "$id")
        ok "a job is there" eventually 5 test -S "$place"
        systemctl stop jobd.service
        systemctl kill --signal=KILL "jobd-$id.service"
        ok "and ends while there is no jobd" eventually 5 eval "! systemctl --quiet is-active jobd-$id.service"
        systemctl start jobd.service
        ok "its place goes at the next start" eventually 5 eval "! [ -e $place ]"
        fails 1 "and it has ended" jobctl wait --timeout="$(patience 10)" "$id"
}

# It is a way back, and not more: without it jobs run.
without_a_place() {
        local id
        mount -t tmpfs -o size=4k,nr_inodes=1,mode=0700 tmpfs "$meetings"
        systemctl restart jobd.service
        id=$(jobctl start -- sh -c 'echo runs')
        ok "without a place to be met a job runs" jobctl wait --timeout="$(patience 10)" "$id"
        is "as others do" "$(stream "$id")" runs
        ok "and jobd says what is missing" eventually 5 eval \
                "journalctl --quiet --unit=jobd.service --since=@$begun | grep 'job $id: .*cannot be reached any more'"
        umount "$meetings"
        systemctl restart jobd.service
}

jobs_are_in_hand
a_full_job_waits
a_journal_is_had_again
a_frozen_job_is_met_later
nobody_polls
others_are_kept_out
without_a_place
