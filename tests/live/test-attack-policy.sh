#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# polkit's word is for the command that it was asked about; and where polkit is not there, or hangs, there is no yes.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=policy.sh
. "$here/policy.sh"

polkit_pid() {
        systemctl show --value -p MainPID polkit.service
}

# Many questions on one connection, the one that gets a yes among those that get a no: from the same place in
# memory, with the same length, as fast as they can be sent.
cat >change.py <<'END'
import bus, sys
folder = sys.argv[1]
connection = bus.Bus()
for n in range(50):
    for word in "allowed", f"bad{n:04}", "allowed":
        connection.post(bus.MANAGER, "StartJob", "asa{sv}", 2, "/usr/bin/touch", f"{folder}/{word}", 1, "User", "s", "root",
                        answer=n < 20)
connection.flush()
for word in "bad0000", "allowed":
    try:
        connection.call(bus.MANAGER, "StartJob", "asa{sv}", 2, "/usr/bin/touch", f"{folder}/{word}", 1, "User", "s", "root",
                        returns="o")
        print(word)
    except bus.BusError as e:
        print(e.name)
END

a_yes_is_for_one_command() {
        mkdir -m 0755 root
        put_rule 60-test <<-END
		polkit.addRule(function (action, subject) {
		    if (action.id == "org.jobd1.start-as" && action.lookup("command") == "/usr/bin/touch $scratch/root/allowed")
		        return polkit.Result.YES;
		});
		END
        restart_polkit
        is "bob has a yes for one command, and a no for all others" \
                "$(as bob env PYTHONPATH="$here" timeout "$((60 * pace))" python3 "$scratch/change.py" "$scratch/root")" \
                $'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired\nallowed'
        ok "it has run" eventually 20 test -e root/allowed
        ok "and is through" eventually 20 no_job_waits
        is "no other one has" "$(ls root)" allowed
        take_rule 60-test
}

no_job_waits() {
        [ "$(jobctl --no-legend list --all-users --state=NotStarted,Running | grep -c touch)" -eq 0 ]
}

# what_is_hers ID: alice goes on with what she has.
what_is_hers() {
        ok "alice signals her job" as alice timeout "$((10 * pace))" jobctl kill -s CONT "$1"
        is "has its output" "$(as alice timeout "$((10 * pace))" jobctl receive --keep "$1")" begin
        is "waits for it" "$(as alice timeout "$(patience 10)" jobctl wait --timeout=0 "$1" >/dev/null 2>&1; echo $?)" 124
        ok "root starts a job" timeout "$((10 * pace))" jobctl start true
        ok "root lists all of them" timeout "$((10 * pace))" jobctl list --all-users
}

new_job() {
        id=$(as alice jobctl start -- sh -c 'echo begin; exec sleep 1000')
        eventually 10 says "$id" begin
}

unmask_polkit() {
        systemctl --quiet unmask --runtime polkit.service
}

not_there() {
        new_job
        systemctl --quiet mask --runtime polkit.service
        on_exit unmask_polkit
        systemctl stop polkit.service
        what_is_hers "$id"
        fails 1 "bob does not stop hers" as bob jobctl --no-ask-password stop "$id"
        bus_refuses "a start needs polkit" alice PolicyUnavailable '\(org\.jobd1\.start\): .' manager StartJob "['true']" "@a{sv} {}"
        fails 1 "jobctl says so" as alice jobctl start true
        like "in words" "$output" 'polkit cannot be asked'
        ok "she stops what is hers" as alice jobctl stop "$id"
        ok "removes it" as alice jobctl remove "$id"
        unmask_polkit
        ok "when polkit is back, she starts jobs" as alice jobctl start true
}

hangs() {
        local pid waiting
        new_job
        pid=$(polkit_pid)
        on_exit kill -s CONT "$pid"
        kill -s STOP "$pid"
        as alice jobctl start -C "$scratch" -- touch "$scratch/own/patient" >started 2>&1 &
        waiting=$!
        mkdir -m 0777 own
        as alice timeout 1 jobctl start -C "$scratch" -- touch "$scratch/own/left"
        point "$(($? != 124))" "who asks polkit waits for it"
        what_is_hers "$id"
        ok "she stops it" as alice timeout "$((10 * pace))" jobctl stop "$id"
        fails 124 "bob's start waits as well" as bob timeout 1 jobctl start true
        kill -s CONT "$pid"
        wait "$waiting"
        is "then it goes on: who has waited has a job" "$?" 0
        ok "which runs" eventually 10 test -e own/patient
        ok "the next one has, too" as alice jobctl run true
        is "who has left has none" "$(ls own)" patient
}

chmod 0755 .
a_yes_is_for_one_command
not_there
hangs
