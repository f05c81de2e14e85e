#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user asks for large answers and reads none of them: others go on.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >ask.py <<'END'
import bus, ctypes, sys
number = ctypes.c_uint64
connections = [bus.Bus() for _ in range(3)]
for connection in connections:
    for _ in range(100):
        connection.post(bus.job(sys.argv[1]), "ReadOutput", "ttt", number(0), number(2 ** 23), number(0), answer=True)
    connection.flush()
print("asked", flush=True)
sys.stdin.read()
END

# within_two_seconds USER CMD…
within_two_seconds() {
        local begin
        begin=$(now)
        timeout 20 "$as_user" "$@" && (($(now) - begin < 2000))
}

id=$(as bob jobctl start -- sh -c 'head -c 8M /dev/zero; exec sleep 1000')
ok "a job of bob's" eventually 10 has_bytes "$id" 8388608
mkfifo silence
"$as_user" bob env PYTHONPATH="$here" python3 "$scratch/ask.py" "$id" <silence >asked 2>&1 &
on_exit kill "$!"
exec 9>silence
sleep 2 # not even his questions may get through
ok "root lists jobs within 2 s" within_two_seconds root jobctl list --newest=1
ok "alice runs one" within_two_seconds alice jobctl run true
