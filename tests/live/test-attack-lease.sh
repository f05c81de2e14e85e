#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The lease of who receives without keep: it is one connection's. No other one takes it, breaks it, ends it, or consumes
# under it, not of the same user, and not of another.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >lease.py <<'END'
import bus, ctypes, os, sys
number = ctypes.c_uint64


def attempt(connection, method, types="", *arguments):
    try:
        connection.call(bus.job(job), method, types, *arguments)
        return "done"
    except bus.BusError as e:
        return e.name.rsplit(".", 1)[1]


def tell(who, what, result):
    print(f"{who}: {what}: {result}", flush=True)


job = sys.argv[1]
end = number(int(sys.argv[2]))
no_wait = "a{sv}", 1, "Wait", "b", 0
first, second = bus.Bus(), bus.Bus()
tell("second", "Consume, when nobody receives", attempt(second, "Consume", "tta{sv}", number(0), end, 0))
tell("first", "BeginReceive", attempt(first, "BeginReceive", *no_wait))
tell("second", "BeginReceive", attempt(second, "BeginReceive", *no_wait))
tell("second", "Receive", attempt(second, "Receive", "bta{sv}", 0, number(1000), 0))
tell("second", "Consume", attempt(second, "Consume", "tta{sv}", number(0), end, 0))
second.post(bus.job(job), "EndReceive", "a{sv}", 0)
tell("second", "Consume, after an end that is not its own", attempt(second, "Consume", "tta{sv}", number(0), end, 0))
tell("second", "Receive, keeping", attempt(second, "Receive", "bta{sv}", 1, number(1000), 0))
for what, at, to in ("from elsewhere", 1, end.value), ("beyond the end", 0, end.value + 1), ("without an end", 0, 2 ** 64 - 1), (
        "a part of a frame", 0, 60):
    tell("first", f"Consume, {what}", attempt(first, "Consume", "tta{sv}", number(at), number(to), 0))
print("begun", flush=True)
sys.stdin.readline()
tell("first", "Consume", attempt(first, "Consume", "tta{sv}", number(0), end, 0))
tell("first", "Consume, again", attempt(first, "Consume", "tta{sv}", number(0), end, 0))
END

expected='second: Consume, when nobody receives: Busy
first: BeginReceive: done
second: BeginReceive: Busy
second: Receive: Busy
second: Consume: Busy
second: Consume, after an end that is not its own: Busy
second: Receive, keeping: done
first: Consume, from elsewhere: Changed
first: Consume, beyond the end: InvalidArgument
first: Consume, without an end: InvalidArgument
first: Consume, a part of a frame: InvalidArgument
begun'

# by_bob: what bob gets, who has no business there, while alice receives.
by_bob() {
        local call
        for call in 'BeginReceive a{sv} 1 Wait b true' 'BeginReceive a{sv} 1 Wait b false' 'EndReceive a{sv} 0' \
                "Consume tta{sv} 0 $end 0" 'Receive bta{sv} false 1000 0' 'Receive bta{sv} true 1000 0'; do
                # shellcheck disable=SC2086 # words of a call
                fails 1 "bob: $call" as bob busctl call org.jobd1 "/org/jobd1/job/$id" org.jobd1.Job $call
                like "is denied" "$output" 'belongs to another user|denied'
        done
}

id=$(as alice jobctl start -- echo hello)
as alice jobctl wait "$id" >/dev/null
end=$((56 + 32 + 6)) # the segment's head, a frame's header, its bytes
mkfifo go
as alice env PYTHONPATH="$here" python3 "$scratch/lease.py" "$id" "$end" <go >said 2>&1 &
receiver=$!
exec 9>go
ok "alice receives" eventually 10 grep -q begun said
by_bob
is "nothing is consumed meanwhile" "$(jobctl receive --keep "$id")" hello
echo >&9
wait "$receiver"
is "only the holder consumes, and only what is there" "$(cat said)" "$expected
first: Consume: done
first: Consume, again: Changed"
is "it is consumed then" "$(as alice jobctl receive "$id")" ""

# Who leaves with the lease gives it back; who only waited for it does not get in the way.
id=$(as alice jobctl start -- echo hello)
as alice jobctl wait "$id" >/dev/null
as alice env PYTHONPATH="$here" python3 -c 'import bus, sys
first, second = bus.Bus(), bus.Bus()
first.call(bus.job(sys.argv[1]), "BeginReceive", "a{sv}", 0)
for _ in range(100):
    second.post(bus.job(sys.argv[1]), "BeginReceive", "a{sv}", 1, "Wait", "b", 1, answer=True)
second.flush()' "$id"
is "a receiver that has left, and a hundred that wait, hold up nobody" "$(timeout "$((10 * pace))" jobctl receive "$id")" hello
