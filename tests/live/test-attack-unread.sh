#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user asks for large answers, or for descriptors, and reads none of them: others go on.
# alone
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >ask.py <<'END'
import bus, ctypes, sys
number = ctypes.c_uint64
connections = [bus.Bus() for _ in range(3 if sys.argv[1] == "bytes" else 2)]
for connection in connections:
    job = bus.job(sys.argv[2])
    for _ in range(100 if sys.argv[1] == "bytes" else 1):
        connection.post(job, "ReadOutput", "ttta{sv}", number(0), number(2 ** 23), number(0), 0, answer=True)
    # behind what fills the socket, each takes one of the 64 that dbus-daemon lets jobd have on their way
    for _ in range(100 if sys.argv[1] == "descriptors" else 0):
        connection.post(job, "OpenOutput", "ta{sv}", number(0), 0, answer=True)
    connection.flush()
print("asked", flush=True)
sys.stdin.read()
END

# within_two_seconds USER CMD…
within_two_seconds() {
        local begin
        begin=$(now)
        timeout "$((20 * pace))" "$as_user" "$@" && (($(now) - begin < 2000 * pace))
}

# attack WHAT: as bob, until it is over
attack() {
        rm -f silence
        mkfifo silence
        "$as_user" bob env PYTHONPATH="$here" python3 "$scratch/ask.py" "$1" "$id" <silence >asked 2>&1 &
        asker=$!
        on_exit kill "$asker"
        exec 9>silence
        sleep 2 # not even his questions may get through
        ok "$1: root lists jobs within 2 s" within_two_seconds root jobctl list --newest=1
        ok "alice runs one" within_two_seconds alice jobctl run true
        ok "bob starts one, by another connection" within_two_seconds bob jobctl start true
        exec 9>&-
        wait "$asker"
}

id=$(as bob jobctl start -- sh -c 'head -c 8M /dev/zero; exec sleep 1000')
ok "a job of bob's" eventually 10 has_bytes "$id" 8388608
attack bytes
attack descriptors
ok "bob lists jobs when he has left" within_two_seconds bob jobctl list --newest=1
