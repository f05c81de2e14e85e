#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A job that is stopped in the moment of its start: one that says it never began has done nothing, and none hangs.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >race.py <<'PYTHON'
import os
import sys
import time
import bus

connection = bus.Bus()


def start(i):
    return connection.start("touch", f"{sys.argv[1]}/ran.{i}")


def stop(number, wait):
    try:
        connection.call(bus.job(number), "Stop", "a{sv}", 1, "Wait", "b", wait)
    except bus.BusError as e:
        if e.name != "org.jobd1.Error.AlreadyFinished":
            raise


# Stops after 0 to 24 ms: before systemd has the job, while it starts, while it runs, when it has ended.
def one_by_one(n):
    for i in range(n):
        number = start(i)
        time.sleep(i % 25 / 1000)
        stop(number, 1)
        yield i, number


# More than systemd is asked for at once: those in the queue are stopped there.
def all_at_once(n):
    numbers = [start(i) for i in range(n)]
    for number in reversed(numbers):
        stop(number, 0)
    yield from enumerate(numbers)


for i, number in {"one": one_by_one, "all": all_at_once}[sys.argv[2]](int(sys.argv[3])):
    state = connection.call(bus.job(number), "Wait", "a{sv}", 0, returns="s")
    begun = "begun" if connection.number(bus.job(number), "BeginTimestamp") else "unbegun"
    ran = "ran" if os.path.exists(f"{sys.argv[1]}/ran.{i}") else "idle"
    print(number, state, begun, ran)
PYTHON

# race HOW N: no line of these says what cannot be.
race() {
        mkdir "$1"
        PYTHONPATH=$here timeout "$((60 * pace))" python3 race.py "$scratch/$1" "$@" >"$1.jobs"
        is "$1: none of $2 hangs" "$?, $(wc -l <"$1.jobs")" "0, $2"
        is "$1: each is Stopped or Completed" "$(grep -vE ' (Stopped|Completed) ' "$1.jobs")" ""
        is "$1: what never began did nothing" "$(grep 'unbegun ran' "$1.jobs")" ""
        is "$1: what is Completed has run" "$(grep 'Completed .*\(unbegun\|idle\)' "$1.jobs")" ""
        like "$1: some were stopped before they began" "$(grep -c 'Stopped unbegun idle' "$1.jobs")" '^[1-9]'
}

race one 100
race all 200
