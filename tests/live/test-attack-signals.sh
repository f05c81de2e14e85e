#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bob says in the name of systemd, of the bus and of jobd what is not so: that alice's job has ended, that another process
# is its main one, that her programs have left the bus. To jobd, to her programs, and to everybody. Nobody believes him.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# connection_of PID: its unique name.
connection_of() {
        busctl --no-legend list --unique | awk -v pid="$1" '$2 == pid { print $1; exit }'
}

is_connected() {
        [ -n "$(connection_of "$1")" ]
}

monitor_sees() {
        as alice jobctl run true
        grep -q Completed seen
}

chmod 0777 .
id=$(as alice jobctl start -- sh -c "echo one; until [ -e '$scratch/go' ]; do sleep 0.05; done; echo two; exit 4")
is_running() {
        [ "$(as alice jobctl show -p State --value "$id")" = Running ]
}
ok "a job runs" eventually 10 is_running
"$as_user" alice jobctl --json=short monitor >>seen 2>&1 &
monitor_pid=$!
on_exit kill "$monitor_pid"
"$as_user" alice jobctl wait "$id" >waited 2>&1 &
wait_pid=$!
"$as_user" alice jobctl receive --follow "$id" >followed 2>/dev/null &
follow_pid=$!
clients=()
for pid in "$monitor_pid" "$wait_pid" "$follow_pid"; do
        ok "a client of alice's is on the bus" eventually 10 is_connected "$pid"
        clients+=("$(connection_of "$pid")")
done
ok "monitor watches" eventually 10 monitor_sees
: >seen
jobd=$(busctl status org.jobd1 | sed -n 's/^UniqueName=//p')
like "jobd has a name" "$jobd" '^:'

for to in all org.jobd1 "$jobd" "${clients[@]}"; do
        ok "bob forges signals to $to" as bob python3 "$here/forge-bus.py" "$id" "$to"
done
ok "and all of them, of who is there" as bob python3 "$here/forge-bus.py" "$id" all "$jobd" "${clients[@]}"
ok "and answers to calls" as bob python3 "$here/forge-bus.py" --answers=300 "$id" "$jobd" "${clients[@]}"
is "the job runs on" "$(as alice jobctl show -p State --value "$id")" Running
is "so does its unit" "$(systemctl is-active "jobd-$id")" active
ok "wait waits" kill -0 "$wait_pid"
ok "receive follows" kill -0 "$follow_pid"

# While jobs are started: bob says that he is the main process of the next ones.
"$as_user" bob python3 "$here/forge-bus.py" --forever "$id" "$jobd" all >/dev/null 2>&1 &
forger_pid=$!
on_exit kill "$forger_pid"
for _ in 1 2 3 4; do
        is "a job's output and end are its own" "$(as alice jobctl run -- sh -c 'echo out; exit 5' || echo "$?")" $'out\n5'
done
kill "$forger_pid"

touch go
wait "$wait_pid"
is "wait tells the end" "$?" 1
wait "$follow_pid"
is "receive ends, with all of the output" "$(cat followed)" $'one\ntwo'
is "the end is the job's own" "$(as alice jobctl show -p State -p Result -p ExitCode -p OutputLost --value "$id" | xargs)" \
        "Failed exit-code 4 0"
ok "monitor shows that end" eventually 10 grep -qE "\"Id\":$id,.*exited with status 4" seen
is "once, and nothing else of that job" "$(grep -c "\"Id\":$id," seen)" 1
is "the four others came and went once" "$(grep -c JobNew seen) $(grep -c JobRemoved seen)" "4 4"
is "nothing that bob said" "$(grep -c forged seen)" 0
