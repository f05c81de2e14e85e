#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Signals and stopping: whom they reach, what is left of a job after its end.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

is_gone() {
        ! kill -0 "$1"
}

# A shell waits for its child before it runs a trap: so it has none to wait for.
cat >traps <<'SCRIPT'
#!/bin/bash
trap 'echo signal' USR1
trap 'echo term; exit 0' TERM
sleep 1000 &
echo "child $!"
exec 3<> <(:)
while :; do read -rt 1000 -u 3; done
SCRIPT
chmod +x traps

child_of() {
        eventually 5 sh -c "jobctl receive --stream=stdout $1 | grep -q child"
        output_of "$1" | sed -n 's/^child //p'
}

# got ID N: so many signals have come. Two at a time would be one.
got() {
        [ "$(output_of "$1" | grep -cx signal)" -eq "$2" ]
}

kill_reaches_the_command_alone() {
        local id child
        id=$(jobctl start ./traps)
        child=$(child_of "$id")
        ok "kill -s USR1" jobctl kill -s USR1 "$id"
        ok "reaches the command" eventually 5 got "$id" 1
        # USR1 would end the child, and jobd-exec as well
        ok "not its child" kill -0 "$child"
        is "and not jobd-exec" "$(property "$id" State)" Running
        ok "kill -s SIGUSR1" jobctl kill -s SIGUSR1 "$id"
        eventually 5 got "$id" 2
        ok "kill by number" jobctl kill -s 10 "$id"
        eventually 5 got "$id" 3
        ok "jobctl stop" jobctl stop "$id"
        is "each has come once" "$(output_of "$id" | grep -v child | paste -sd ' ')" "signal signal signal term"
        is "the job was stopped" "$(jobctl show -p State,Reason,ExitCode --value "$id" | paste -sd ' ')" \
                "Stopped stopped by root 0"
        ok "its child, too" eventually 5 is_gone "$child"
}

a_signal_that_ends_it() {
        local id child
        id=$(jobctl start ./traps)
        child=$(child_of "$id")
        ok "kill -s KILL" jobctl kill -s KILL "$id"
        is "is the end of the job" "$(bus_wait "$id"): $(property "$id" Reason)" "Failed: killed by signal KILL"
        ok "and of its child" eventually 5 is_gone "$child"
}

frozen_commands_go_on() {
        local id
        id=$(jobctl start ./traps)
        child_of "$id" >/dev/null
        jobctl kill -s STOP "$id"
        jobctl kill -s USR1 "$id"
        ok "a command that was sent STOP" jobctl kill -s CONT "$id"
        ok "goes on after CONT" eventually 5 says "$id" signal
}

as_in_a_shell() {
        local id
        id=$(jobctl start -- sh -c 'yes | head -n 1')
        is "yes | head ends" "$(bus_wait "$id")" Completed
        is "as it does in a shell" "$(jobctl receive --keep "$id" 2>&1)" y
        id=$(jobctl start -- grep -E '^Sig(Blk|Ign)' /proc/self/status)
        bus_wait "$id" >/dev/null
        is "no signal is blocked or ignored" "$(output_of "$id" | tr -d '\t')" \
                $'SigBlk:0000000000000000\nSigIgn:0000000000000000'
}

# Everybody ignores TERM: the command and its child.
stop_kills_in_the_end() {
        local id child begin
        id=$(jobctl start --stop-timeout=300ms -- bash -c 'trap "" TERM; sleep 1000 & echo child $!; wait')
        child=$(child_of "$id")
        begin=$(now)
        ok "stop of a command that ignores TERM" jobctl stop "$id"
        (($(now) - begin >= 300))
        point "$?" "waits for the stop time-out"
        is "then it is Stopped" "$(property "$id" State), signal $(property "$id" ExitSignal)" "Stopped, signal 9"
        ok "its child has ended, too" eventually 5 is_gone "$child"
        ok "and its control group is empty" sh -c "! grep -q . /sys/fs/cgroup/jobd.slice/*/jobd-$id.service/cgroup.procs"
}

the_background_ends_with_the_job() {
        local id child
        id=$(jobctl start -- bash -c 'setsid setsid sleep 1000 & echo child $!; exit 0')
        is "a job ends with its command, though a child holds its output" "$(bus_wait "$id")" Completed
        child=$(child_of "$id")
        ok "the child in the background ends with it" eventually 5 is_gone "$child"
}

several_stoppers() {
        local id n pids=() status=0
        id=$(jobctl start --stop-timeout=300ms -- bash -c 'trap "" TERM; echo child; while :; do sleep 1000; done')
        child_of "$id" >/dev/null
        for n in 1 2 3; do
                jobctl stop "$id" &
                pids+=($!)
        done
        for n in "${pids[@]}"; do
                wait "$n" || status=1
        done
        is "three stop it at once" "$status" 0
        is "and it is Stopped" "$(property "$id" State)" Stopped
}

# A command and a child of it, which do not heed TERM; each tells of USR1.
cat >stubborn <<'SCRIPT'
#!/bin/bash
trap '' TERM
trap 'echo "$1 has USR1"' USR1
[ "$1" = child ] || "$0" child &
echo "$1 is ready"
exec 3<> <(:)
while :; do read -rt 0.1 -u 3; done
SCRIPT
chmod +x stubborn

has_lines() {
        [ "$(jobctl receive --keep "$1" | grep -c "$2")" -ge "$3" ]
}

# Without --all the stop time-out would be waited for: it is longer than this test may take.
kill_all() {
        local id
        id=$(jobctl start -n stubborn --stop-timeout=1h -- ./stubborn parent)
        eventually 10 has_lines "$id" ready 2
        ok "kill --all" jobctl kill --all -s USR1 "$id"
        ok "reaches each process" eventually 5 has_lines "$id" USR1 2
        jobctl receive "$id" >said
        is "once" "$(grep USR1 said | sort)" $'child has USR1\nparent has USR1'
        ok "kill --all -s KILL" jobctl kill --all -s KILL "$id"
        fails 1 "ends it at once" jobctl wait --timeout="$(patience 30)" "$id"
        is "as the command ended, with all of its output" "$(jobctl show -p Result,ExitSignal,OutputLost --value "$id" | xargs)" \
                "signal 9 0"
        id=$(jobctl start -n left --stop-timeout=1h -- sh -c './stubborn child & while ! [ -e go ]; do sleep 0.1; done')
        eventually 10 has_lines "$id" ready 1
        touch go
        eventually 10 sh -c "systemctl show -p SubState --value jobd-$id.service | grep -q sigterm"
        ok "also when only what does not heed TERM is left" jobctl kill --all -s KILL "$id"
        ok "it ends" jobctl wait --timeout="$(patience 30)" "$id"
}

removed_by_force() {
        local id pid
        pid=$(systemctl show -p MainPID --value jobd)
        id=$(jobctl start -n forced sleep 1000)
        busctl call org.jobd1 "$manager_path/job/$id" "$job_interface" Wait 'a{sv}' 0 >waited 2>&1 &
        eventually 5 has_state "$id" Running
        ok "remove --force of a running job" jobctl remove --force "$id"
        wait $!
        like "who waits for it hears of its end" "$(cat waited)" 'Stopped|removed|no job'
        is "jobd is still the same" "$(systemctl show -p MainPID --value jobd)" "$pid"
}

kill_reaches_the_command_alone
a_signal_that_ends_it
frozen_commands_go_on
as_in_a_shell
stop_kills_in_the_end
the_background_ends_with_the_job
several_stoppers
kill_all
removed_by_force

# At once: the command is waited for.
at_once() {
        local n id ids=() refused=0
        for n in $(seq 20); do
                id=$(jobctl start -- sleep 1000)
                jobctl kill -s USR1 "$id" || refused=$n
                ids+=("$id")
        done
        is "a kill right after the start" "$refused" 0
        jobctl wait --timeout="$(patience 20)" "${ids[@]}" >/dev/null
        is "arrives" "$(jobctl show --value -p Reason "${ids[@]}" | sed '/^$/d' | sort -u)" "killed by signal USR1"
}
at_once
