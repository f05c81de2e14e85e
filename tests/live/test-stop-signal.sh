#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# KillSignal, with which a job is stopped, and MergeOutput, by which both streams are one.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# Says which signal comes, each time, and ends with the last one that it is asked to.
cat >listens <<'SCRIPT'
#!/bin/bash
for signal in TERM INT USR1 HUP QUIT; do
        # shellcheck disable=SC2064 # now
        trap "echo $signal; exit 3" "$signal"
done
exec 3<> <(:)
echo ready
while :; do read -rt 1000 -u 3; done
SCRIPT
chmod +x listens

is_ready() {
        output_of "$1" | grep -qx ready
}

# stopped_with SIGNAL OPTION…: a job with these options gets that signal, once.
stopped_with() {
        local signal=$1 id
        shift
        id=$(jobctl start "$@" ./listens)
        eventually 10 is_ready "$id"
        ok "${*:-no option}: stop" jobctl stop "$id"
        is "$signal comes, once" "$(output_of "$id" | paste -sd ' ')" "ready $signal"
        is "and the job was stopped" "$(jobctl show -p State,Reason,Result,ExitCode --value "$id" | paste -sd ' ')" \
                "Stopped stopped by root stopped 3"
}

each_signal() {
        stopped_with TERM
        stopped_with INT --kill-signal=INT
        stopped_with USR1 --kill-signal=SIGUSR1
        stopped_with HUP --kill-signal=1
        stopped_with QUIT -p KillSignal=SIGQUIT
}

# A shell without job control starts what runs in the background without INT.
what_does_not_heed_it() {
        local id before after
        id=$(jobctl start --kill-signal=INT --stop-timeout=5min -- sh -c 'sleep 1000 & echo ready; wait')
        eventually 10 is_ready "$id"
        before=$SECONDS
        ok "INT: a background command does not heed it" jobctl stop "$id"
        after=$SECONDS
        ok "and does not hold the job until its time-out" test $((after - before)) -lt 60
        is "which was stopped" "$(property "$id" State)" Stopped
}

# What a job leaves behind ends with it, whatever it is stopped with.
what_is_left_behind() {
        local before=$SECONDS
        is "run: a daemon is left behind" "$(jobctl run --stop-timeout=5min -- sh -c 'sleep 1000 & echo ready')" ready
        ok "and does not hold the job until its time-out" test $((SECONDS - before)) -lt 60
}

run_is_interrupted() {
        local pid
        rm -f got
        jobctl run -- bash -c 'trap "echo INT >got; exit 0" INT; echo ready; exec 3<> <(:); while :; do read -rt 1000 -u 3; done' \
                >out 2>err &
        pid=$!
        ok "run: it runs" eventually 10 grep -qx ready out
        kill -TERM "$pid" # as Ctrl-C, which a shell's background command does not heed
        wait "$pid"
        is "interrupted: the command gets INT" "$(cat got)" INT
}

refused() {
        local signal
        for signal in KILL STOP SIGCONT 17 PIPE; do
                fails 1 "jobd refuses --kill-signal=$signal" jobctl start --kill-signal="$signal" true
        done
        for signal in INTR 0 ''; do
                fails 2 "jobctl refuses --kill-signal=$signal" jobctl start --kill-signal="$signal" true
        done
        like "with its name" "$(jobctl start --kill-signal=KILL true 2>&1)" 'no job is stopped with KILL'
        bus_refuses "on the bus likewise" root InvalidArgument 'KillSignal: no job is stopped with STOP' manager StartJob \
                "['true']" "{'KillSignal': <'STOP'>}"
}

over_a_restart() {
        local id
        id=$(jobctl start --kill-signal=USR1 ./listens)
        eventually 10 is_ready "$id"
        systemctl restart jobd.service
        ok "after a restart of jobd: stop" jobctl stop "$id"
        is "the signal is the same" "$(output_of "$id" | paste -sd ' ')" "ready USR1"
        is "it is told" "$(jobctl show -p KillSignal --value "$id")" USR1
}

merged() {
        local id
        cat >both <<'SCRIPT'
i=0
while [ $i -lt 500 ]; do
        echo "out $i"
        echo "err $i" >&2
        i=$((i + 1))
done
SCRIPT
        for i in $(seq 0 499); do
                printf 'out %i\nerr %i\n' "$i" "$i"
        done >expected
        id=$(jobctl start --merge-output -- sh both)
        ok "merged: it ends" jobctl wait --quiet "$id"
        jobctl receive --keep "$id" >out 2>err
        ok "each line in its place, on standard output" cmp out expected
        is "and none on the other" "$(cat err)" ''
        is "all of it is standard output" "$(jobctl receive --keep --stream=stderr "$id" 2>&1 | wc -c)" 0
        ok "run --merge-output" sh -c 'jobctl run --merge-output -- sh both >out 2>err'
        ok "the same" cmp out expected
        is "it is told" "$(jobctl show -p MergeOutput --value "$id")" yes
        id=$(jobctl start -- sh both)
        jobctl wait --quiet "$id"
        is "not merged: the other half is on the other" "$(jobctl receive --keep --stream=stderr "$id" 2>&1 | wc -l)" 500
}

each_signal
what_does_not_heed_it
what_is_left_behind
run_is_interrupted
refused
over_a_restart
merged
