#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bob subscribes to signals, as often as he may, and reads none of them, while very many are sent. alice, who has
# subscribed too, hears everything; and bob is told that he has missed some when he reads.
# timeout: 90
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >subscribe.py <<'END'
import bus, sys
# silent: until a line comes; then it reads, until it has heard what it waits for
silent = sys.argv[1] == "silent"
connections = [bus.Bus() for _ in range(16 if silent else 1)]
heard = [connection.hear() for connection in connections]
for connection in connections:
    connection.call(bus.MANAGER, "Subscribe", "a{sv}", 0)
if silent:
    try:
        bus.Bus().call(bus.MANAGER, "Subscribe", "a{sv}", 0)
    except bus.BusError as error:
        print(error.name, flush=True)
    sys.stdin.readline()
else:
    print("subscribed", flush=True)
while not all(sys.argv[2] in names for names in heard):
    for connection in connections:
        connection.turn(0.01)
for names in heard:
    print(sys.argv[2], names.count("SignalsMissed"), flush=True)
END
cat >start.py <<'END'
import bus, sys
connection = bus.Bus()
answers = []
for i in range(int(sys.argv[1])):
    answers.append(connection.send(bus.MANAGER, "StartJob", "asa{sv}", 2, "sleep", "1000", 0))
    while i % 64 == 63 and not answers[i]:
        connection.turn(1)
while not answers[-1]:
    connection.turn(1)
END
chmod 0755 .

subscriber() {
        "$as_user" "$1" env PYTHONPATH="$here" python3 "$scratch/subscribe.py" "${@:2}"
}

mkfifo go
subscriber bob silent SignalsMissed <go >bob.out 2>&1 &
silent_pid=$!
on_exit kill "$silent_pid"
exec 9>go
ok "bob subscribes sixteen times, not once more" eventually 10 grep -qx org.jobd1.Error.LimitExceeded bob.out
subscriber alice hearing JobRemoved >alice.out 2>&1 &
hearing_pid=$!
on_exit kill "$hearing_pid"
ok "alice subscribes" eventually 10 grep -qx subscribed alice.out

# Why each of many jobs waits changes with each reload: some 300 bytes of signals a job.
drop_in=/etc/jobd/jobd.conf.d/99-subscribers.conf
on_exit systemctl reload jobd
on_exit rm -f "$drop_in"
mkdir -p "${drop_in%/*}"
configure() {
        printf '[Manager]\nRunningMax=%u\n' "$1" >"$drop_in"
        systemctl reload jobd
}
last_waits_for() {
        as root jobctl show -p Reason --value "$last" | grep -q "of $1 jobs run$"
}
configure 1
"$as_user" root env PYTHONPATH="$here" python3 "$scratch/start.py" 400 || bail "no jobs"
last=$(newest_job)
for ((i = 0; i < 20; i++)); do
        configure $((1 + i % 2))
        eventually 10 last_waits_for $((1 + i % 2)) || bail "no signals"
done
ok "alice is not held up" as alice jobctl list
as root jobctl list --no-legend | awk '{ print $1 }' | xargs "$as_user" root jobctl remove --force
wait "$hearing_pid"
is "alice has heard everything" "$(sed 1d alice.out)" "JobRemoved 0"
echo >&9
all_are_told() {
        [ "$(grep -c '^SignalsMissed' bob.out)" = 16 ]
}
ok "bob is told that he has not, when he reads" eventually 20 all_are_told
wait "$silent_pid"
is "once by each connection" "$(sed 1d bob.out | sort -u)" "SignalsMissed 1"
