#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl start, wait, run and receive in scripts: exit statuses, what goes where, what is left.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

status_of() {
        "$@" >out 2>err </dev/null
        echo $?
}

jobs_now() {
        busctl get-property org.jobd1 /org/jobd1 org.jobd1.Manager NJobs
}

run_ends_as_the_command_does() {
        local n before
        before=$(jobs_now)
        for n in 0 1 3 126 127 128 255; do
                is "run: status $n" "$(status_of jobctl run -- sh -c "exit $n")" "$n"
        done
        is "run: signal TERM" "$(status_of jobctl run -- sh -c 'kill $$; sleep 10')" 143
        is "run: signal KILL" "$(status_of jobctl run -- sh -c 'kill -9 $$')" 137
        is "run: a time-out" "$(status_of jobctl run -t 200ms sleep 1000)" 124
        like "says so" "$(cat err)" 'ran longer than 200ms'
        is "run: no such directory, of another user" \
                "$(status_of jobctl run --uid=alice -C /no/such -- /bin/true)" 126
        is "run: a directory of somebody else" "$(status_of jobctl run --uid=alice -C /root -- /bin/true)" 126
        is "run: no such program, of another user" "$(status_of jobctl run --uid=alice -- /no/such)" 127
        is "run: no such program" "$(status_of jobctl run no-such-program)" 127
        is "run: a script without its interpreter" \
                "$(printf '#!/no/such\n' >script; chmod +x script; status_of jobctl run ./script)" 127
        is "run leaves no job" "$(jobs_now)" "$before"
}

run_shows_both_streams() {
        jobctl run -- sh -c 'printf "out\0\n\n"; printf "err" >&2' >out 2>err
        is "run: stdout" "$(od -An -tx1 out)" " 6f 75 74 00 0a 0a"
        is "run: stderr, without a newline of its own" "$(od -An -tx1 err)" " 65 72 72"
        is "run: a megabyte" "$(jobctl run -- head -c 1048576 /dev/zero | sha)" "$(head -c 1048576 /dev/zero | sha)"
        is "run | head ends" "$(jobctl run yes | head -n 1; echo "${PIPESTATUS[0]}")" $'y\n141'
        is "run --keep leaves it" "$(jobctl run --keep -n kept echo hello; jobctl receive kept)" $'hello\nhello'
}

start_prints_the_id() {
        local id
        id=$(jobctl start true 2>err)
        like "start: an id, and nothing else" "$id" '^[0-9]+$'
        is "nothing on stderr" "$(cat err)" ""
        jobctl --json=short start true >out
        like "start --json" "$(cat out)" '"?[Ii]d"? ?: ?[0-9]+'
}

waiting() {
        local good bad slow begin waiter
        good=$(jobctl start true)
        bad=$(jobctl start false)
        slow=$(jobctl start sleep 1000)
        is "wait: all Completed" "$(status_of jobctl wait "$good")" 0
        like "its line" "$(cat out)" "^ *$good .*Completed|"$'\n'" *$good .*Completed"
        is "wait: some not" "$(status_of jobctl --no-legend wait "$bad" "$good")" 1
        is "in the order asked for, or of their ends" "$(wc -l <out)" 2
        begin=$(now)
        is "wait --timeout=0.2" "$(status_of jobctl --no-legend wait --timeout=0.2 "$slow" "$good")" 124
        (($(now) - begin >= 200))
        point "$?" "waits that long"
        is "and has the line of the one that finished" "$(awk '{ print $1 }' out)" "$good"
        is "wait --timeout=0 asks once" "$(status_of jobctl wait --timeout=0 "$good")" 0
        is "also for one that runs" "$(status_of jobctl wait --timeout=0 "$slow")" 124
        is "wait --any: the one that has ended" "$(status_of jobctl --no-legend wait --any "$slow" "$bad")" 1
        is "only that" "$(awk '{ print $1 }' out)" "$bad"
        is "wait --any --timeout" "$(status_of jobctl wait --any --timeout=0.1 "$slow")" 124
        is "the same job twice" "$(status_of jobctl --no-legend wait "$good" "$good"), $(wc -l <out)" "0, 1"
        listen heard
        jobctl wait "$slow" >out 2>err &
        waiter=$!
        eventually 5 grep -q WaitJobs heard
        jobctl remove --force "$slow"
        wait "$waiter"
        is "wait: stopped and removed meanwhile" "$?" 1
}

receiving() {
        local id
        id=$(jobctl start -- sh -c 'echo out; sleep 0.1; echo err >&2; exit 3')
        is "receive --wait: to the end" "$(status_of jobctl receive --wait "$id")" 0
        is "stdout to stdout" "$(cat out)" out
        is "stderr to stderr, then why it failed" "$(cat err)" $'err\njob '"$id"': Failed: exited with status 3'
        is "again: nothing, but why it failed" "$(status_of jobctl receive "$id"), $(cat out err)" \
                "0, job $id: Failed: exited with status 3"
        id=$(jobctl start -- sh -c 'echo out; echo err >&2')
        jobctl wait "$id" >out
        is "--stream= leaves it there" "$(jobctl receive --stream=stderr "$id" 2>&1)" err
        is "--keep, too" "$(jobctl receive --keep "$id" 2>&1 | sort | xargs)" "err out"
        is "--output=json" "$(jobctl receive --keep --output=json "$id" | python3 -c 'import json, sys
print(*sorted(list(json.loads(line).values())[-1] for line in sys.stdin))' 2>&1)" $'err\n out'
        is "--remove" "$(jobctl receive --remove "$id" 2>&1 | sort | xargs)" "err out"
        is "removes" "$(status_of jobctl show "$id")" 3
        id=$(jobctl start -- sh -c 'for i in 1 2 3; do echo $i; sleep 0.1; done')
        is "--follow --keep" "$(jobctl receive --follow --keep "$id" | xargs)" "1 2 3"
        is "has left it there" "$(jobctl receive "$id" | xargs)" "1 2 3"
}

# Lines that are written over, and lines that have not ended.
unfinished_lines() {
        local id receiver
        id=$(jobctl start -- sh -c 'echo begun; for i in $(seq 1000); do printf "%s done\r" "$i"; done; touch printed; exec sleep 1000')
        eventually 10 test -e printed
        eventually 10 sh -c "jobctl status $id | grep -q '^1000 done'"
        is "status: the newest part of a line that is written over" "$(jobctl status "$id" | tail -n 2)" $'begun\n1000 done'
        jobctl stop "$id"
        id=$(jobctl start -- sh -c 'printf "Name: "; printf "Question: " >&2; until [ -e go ]; do sleep 0.02; done; echo ok')
        jobctl receive --keep --follow --output=short "$id" >out 2>&1 &
        receiver=$!
        ok "--output=short shows a line that has not ended" eventually 10 grep -q 'stdout: Name: ' out
        ok "of both streams" eventually 10 grep -q 'stderr: Question: ' out
        touch go
        wait "$receiver"
        id=$(jobctl start -- sh -c 'printf no-newline; printf err >&2; exit 3')
        jobctl wait "$id" >/dev/null
        is "what jobctl says begins a line of its own" "$(jobctl receive --keep "$id" 2>&1 >/dev/null)" \
                $'err\njob '"$id: Failed: exited with status 3"
        like "in a place with standard output" "$(jobctl receive --keep "$id" 2>&1)" $'\njob '"$id: Failed: exited with status 3\$"
        is "not where that goes elsewhere" "$(jobctl receive --keep --output=short "$id" 2>&1 >/dev/null)" \
                "job $id: Failed: exited with status 3"
}

dry_run() {
        local id
        id=$(jobctl start -n dry sleep 1000)
        eventually 5 sh -c "jobctl show -p State --value $id | grep -q Running"
        is "stop --dry-run" "$(jobctl stop --dry-run dry)" "job $id (dry) (Running) would be stopped"
        is "stops nothing" "$(jobctl show -p State --value "$id")" Running
        is "stop --no-wait" "$(status_of jobctl stop --no-wait "$id")" 0
        is "it ends" "$(jobctl --no-legend wait "$id" | awk '{ print $4 }')" Stopped
}

run_ends_as_the_command_does
run_shows_both_streams
start_prints_the_id
waiting
receiving
unfinished_lines
dry_run
