#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How a command ends is how its job ends: every exit status, every signal, time-outs, and what could not be run.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# ends DESCRIPTION ID STATE REASON RESULT CODE SIGNAL
ends() {
        bus_wait "$2" >/dev/null
        is "$1" "$(jobctl show -p State,Reason,Result,ExitCode,ExitSignal --value "$2")" "$(printf '%s\n' "${@:3}")"
}

# all_end DESCRIPTION ID…: all of them, as the lines "STATE REASON CODE SIGNAL" of standard input say.
all_end() {
        local description=$1
        shift
        jobctl wait "$@" >/dev/null
        jobctl show -p State,Reason,ExitCode,ExitSignal --value "$@" | sed '/^$/d' | paste -d ' ' - - - - >actual
        is "$description" "$(diff - actual)" ""
}

exit_statuses() {
        local n ids
        mapfile -t ids < <(PYTHONPATH=$here python3 -c 'import bus
connection = bus.Bus()
for n in range(1, 256):
    print(connection.start("sh", "-c", f"exit {n}"))')
        all_end "exit statuses 1 to 255" "${ids[@]}" < <(
                for n in {1..255}; do
                        echo "Failed exited with status $n $n 0"
                done
        )
}

# Signals that end a process: those that leave no core, and those that do.
plain_signals=(HUP INT KILL USR1 USR2 PIPE ALRM TERM STKFLT VTALRM PROF PWR)
core_signals=(QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS)

# Where cores go to a pipe, one is left whatever the limit says.
signals() {
        local name ids=() core=
        [ "$(head -c 1 /proc/sys/kernel/core_pattern)" != '|' ] || core=', core dumped'
        for name in "${plain_signals[@]}" "${core_signals[@]}" RTMIN+3; do
                ids+=("$(jobctl start -- sh -c "ulimit -c 0; kill -$(kill -l "$name") \$\$; sleep 10")")
        done
        all_end "signals" "${ids[@]}" < <(
                for name in "${plain_signals[@]}"; do
                        echo "Failed killed by signal $name -1 $(kill -l "$name")"
                done
                for name in "${core_signals[@]}"; do
                        echo "Failed killed by signal $name$core -1 $(kill -l "$name")"
                done
                echo "Failed killed by signal RTMIN+3 -1 $(kill -l RTMIN+3)"
        )
}

successes() {
        local id
        is "PWD is the job's directory" "$(PWD=/ jobctl run -C /usr -- sh -c 'echo "$PWD"; tr "\\0" "\\n" </proc/$$/environ | grep ^PWD=')" \
                $'/usr\nPWD=/usr'
        id=$(jobctl start true)
        ends "status 0" "$id" Completed '' success 0 0
        id=$(jobctl start --success-exit-status=3,42 -- sh -c 'exit 42')
        ends "a status that counts as success" "$id" Completed 'exited with status 42' success 42 0
        id=$(jobctl start --success-exit-status=3,42 -- sh -c 'exit 4')
        ends "another one" "$id" Failed 'exited with status 4' exit-code 4 0
}

time_limits() {
        local id deaf ran
        id=$(jobctl start -t 300ms -- sleep 1000)
        deaf=$(jobctl start -t 1s --stop-timeout=100ms -- bash -c 'trap "" TERM; while :; do sleep 1000; done')
        ends "a job that runs too long" "$id" Failed 'ran longer than 300ms' timeout -1 15
        ran=$(($(property "$id" EndTimestamp) - $(property "$id" BeginTimestamp)))
        ((ran >= 250000 && ran < 5000000 * pace))
        point "$?" "ran that long" || explain "$ran us"
        ends "one that ignores TERM, too" "$deaf" Failed 'ran longer than 1s' timeout -1 9
        id=$(jobctl start -t 30s -- sh -c 'exit 3')
        ends "one that does not" "$id" Failed 'exited with status 3' exit-code 3 0
}

# By the bus: jobctl looks for the program before it asks.
not_executed() {
        local id first
        listen signals || bail "nobody listens"
        first=$(bus_start 1 true 0)
        bus_wait "$first" >/dev/null
        id=$(bus_start 1 /nonexistent 0)
        ends "no such program" "$id" Failed 'cannot be executed: No such file or directory' exec-failed -1 0
        id=$(bus_start 1 no-such-program-in-path 0)
        ends "nor in PATH" "$id" Failed 'cannot be executed: No such file or directory' exec-failed -1 0
        id=$(bus_start 1 /etc/passwd 0)
        ends "not executable" "$id" Failed 'cannot be executed: Permission denied' exec-failed -1 0
        id=$(bus_start 1 /etc 0)
        ends "a directory" "$id" Failed 'cannot be executed: Permission denied' exec-failed -1 0
        printf '#!/no/such/interpreter\n' >script && chmod +x script
        id=$(bus_start 1 "$scratch/script" 0)
        ends "a script without its interpreter" "$id" Failed 'cannot be executed: its interpreter does not exist' exec-failed -1 0
        fails 127 "which start sees beforehand" jobctl start -- "$scratch/script"
        is "and names" "$output" "jobctl: cannot execute '$scratch/script': its interpreter '/no/such/interpreter' does not exist"
        printf '\0\0\0\0\ntouch started\n' >binary && chmod +x binary
        id=$(bus_start 1 "$scratch/binary" 0)
        ends "a file of NULs" "$id" Failed 'cannot be executed: cannot execute binary file' exec-failed -1 0
        fails 126 "which run takes for what a shell does" jobctl run -- "$scratch/binary"
        ok "no shell has seen it" test ! -e started
        id=$(bus_start 1 true 1 WorkingDirectory ay 3 47 122 122)
        ends "no such directory" "$id" Failed 'its directory cannot be entered: No such file or directory' chdir-failed -1 0
        id=$(bus_start_as alice 1 true 1 WorkingDirectory ay 5 47 114 111 111 116)
        ends "a directory of somebody else" "$id" Failed 'its directory cannot be entered: Permission denied' chdir-failed -1 0
        is "and why is a number" "$(property "$id" ExecErrno)" 13
        is "what could not be executed never began" "$(for ((first++; first <= id; first++)); do
                property "$first" BeginTimestamp
        done | sort -u)" 0
        is "nor was it Running, as the one before it" "$(grep -c '"data":\["Running","NotStarted"' signals)" 1
}

cores() {
        local id pattern
        pattern=$(cat /proc/sys/kernel/core_pattern)
        if [[ $pattern == *[/\|]* ]]; then
                skip "a crash leaves one core" "cores of this machine go to '$pattern'"
                return
        fi
        if [ "$(ulimit -H -c)" = 0 ]; then
                skip "a crash leaves one core" "this machine allows no core, and may not raise that limit"
                return
        fi
        mkdir crash
        id=$(jobctl start -C crash -- bash -c 'ulimit -c unlimited; kill -SEGV $$')
        ends "a crash" "$id" Failed 'killed by signal SEGV, core dumped' core-dump -1 11
        is "leaves one core" "$(find crash / -maxdepth 1 -name "${pattern%%%*}*" -type f -newer . | wc -l)" 1
}

# jobd-exec ends by the same signal as the command: its core would be a second one, and it must not be traced by it.
jobd_exec_is_not_dumpable() {
        local id pid
        id=$(as alice jobctl start -- sh -c 'echo $$; exec sleep 1000')
        eventually 5 sh -c "jobctl receive --stream=stdout $id | grep -q ."
        pid=$(systemctl show -p MainPID --value "jobd-$id.service")
        is "alice may trace her command" "$(stat -c %U "/proc/$(output_of "$id")/fd")" alice
        is "but not jobd-exec, which leaves no core" "$(stat -c %U "/proc/$pid/fd")" root
}

exit_statuses
signals
successes
time_limits
not_executed
touch .
cores
jobd_exec_is_not_dumpable
