#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One user asks for more than is good: calls whose answers he never reads, hundreds of starts at once, ten thousand waits.
# Others hardly notice, and jobd does not grow with it.
# alone
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# Each stays connected, and silent, until its standard input ends.
cat >flood.py <<'END'
import bus, sys
how, count, job = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection = bus.Bus()


def one():
    if how == "list":
        connection.post(bus.MANAGER, "ListJobs", "a{sv}", 0, answer=True)
    elif how == "wait":
        connection.post(bus.job(job), "Wait", "a{sv}", 0)
    elif how == "waitall":
        connection.post(bus.MANAGER, "WaitJobs", "aoa{sv}", 1, f"/org/jobd1/job/{job}", 0)
    elif how == "start":
        connection.post(bus.MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "Name", "s", "flood")


try:
    for _ in range(count):
        one()
    connection.flush()
    print("sent", flush=True)
except OSError as e:
    print(e, flush=True)
sys.stdin.read()
END

# flood HOW COUNT ID: as bob, until calm.
flood() {
        rm -f silence sent
        mkfifo silence
        as bob env PYTHONPATH="$here" python3 "$scratch/flood.py" "$@" <silence >sent 2>&1 &
        flooder=$!
        exec 9>silence
}

calm() {
        exec 9>&-
        wait "$flooder"
}

# bare_unit: milliseconds that a unit takes which is not jobd's. While hundreds are started and cleared away, that is long.
bare_unit() {
        local begin
        begin=$(now)
        systemd-run --quiet --collect --wait true
        printf '%s\n' "$(($(now) - begin))"
}

# within MILLISECONDS CMD…: and what systemd makes everybody wait.
within() {
        local begin limit
        limit=$(($1 * pace + 2 * $(bare_unit)))
        begin=$(now)
        "${@:2}" && (($(now) - begin < limit))
}

# undisturbed WHAT: alice and root, while bob does that. Somebody else on this machine may keep them from it once.
undisturbed() {
        ok "$1: alice's job starts, runs and ends within 2 s" eventually 4 within 2000 as alice timeout "$((20 * pace))" jobctl run true
        ok "root has a list within 1 s" eventually 2 within 1000 timeout "$((20 * pace))" jobctl list --newest=1
}

anonymous_memory() {
        awk '$1 == "RssAnon:" { print $2 }' "/proc/$(jobd_pid)/status"
}

# attack WHAT HOW COUNT
attack() {
        flood "$2" "$3" "$id"
        undisturbed "$1"
        ok "it was asked for" eventually 20 test -s sent
        undisturbed "$1, when all is sent"
        calm
}

id=$(as bob jobctl start -- sleep 1000)
jobd=$(jobd_pid)
before=$(anonymous_memory)
attack "10 000 lists that nobody reads" list 10000
attack "10 000 waits" wait 10000
attack "10 000 waits of the other kind" waitall 10000
attack "500 starts" start 500
is "it is the same jobd" "$(jobd_pid)" "$jobd"
ok "it has not grown by it: $before, $(anonymous_memory) kB" test $(($(anonymous_memory) - before)) -lt 65536

is "bob's wait goes on as ever" "$(as bob jobctl wait --timeout=0 "$id" >/dev/null; echo $?)" 124
