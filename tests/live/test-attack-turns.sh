#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bob sends more work than jobd can do, and keeps calls waiting that are as large as they may be: alice does not notice, and
# jobd does not grow.
# timeout: 100
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"
# shellcheck source=siege.sh
. "$here/siege.sh"

cat >attack.py <<'ENDPY'
import bus, os, select, sys, wire
what, job = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
number = bus.u64
PROPERTIES = "org.freedesktop.DBus.Properties"
target = bus.job(job)


def go_on():
    return not select.select([0], [], [], 0)[0]


def unanswered():
    """Work without an answer, as fast as the bus takes it."""
    connection = bus.Bus()
    for _ in range(100):
        connection.post(target, "Receive", "bta{sv}", 1, number(2 ** 23), 0)
    print("begun", flush=True)
    while go_on():
        for _ in range(200):
            connection.post(target, "Receive", "bta{sv}", 1, number(2 ** 23), 0)
            connection.post(bus.MANAGER, "ListJobs", "a{sv}", 0)
            connection.post((target[0], PROPERTIES), "GetAll", "s", "org.jobd1.Job")
            connection.post((target[0], "org.freedesktop.DBus.Introspectable"), "Introspect", "")
        connection.flush()


def acts():
    """Calls that change something are done without an answer, too."""
    connection = bus.Bus()
    print("begun", flush=True)
    while go_on():
        for _ in range(200):
            connection.post(target, "Kill", "sa{sv}", "URG", 0)
            connection.post(bus.MANAGER, "StartJob", "asa{sv}", 0, 0)
        connection.flush()


def answered():
    """Large answers, all of which are read."""
    connections = [bus.Bus() for _ in range(4)]
    answers = [[] for _ in connections]
    print("begun", flush=True)
    while go_on():
        for i, connection in enumerate(connections):
            answers[i] = [a for a in answers[i] if not a]
            while len(answers[i]) < 20:
                answers[i].append(connection.send(target, "Receive", "bta{sv}", 1, number(2 ** 23), 0))
            connection.turn(0.01)


def bodies():
    """Large calls, while large answers are not read."""
    connection = wire.Wire()
    empty = wire.entry("x", bytes(31 * 2 ** 20))
    for _ in range(40):
        connection.call("org.jobd1", target[0], target[1], "Receive", "bta{sv}", wire.receive(2 ** 23))
    for _ in range(30):
        connection.call("org.jobd1", "/org/jobd1", "org.jobd1.Manager", "ListJobs", "a{sv}", empty)
    print("begun", flush=True)
    os.read(0, 1)


def waiting():
    """Calls that wait for long, as many as may be, each with descriptors that it does not need, and with all words it takes."""
    connections = []
    bag = [os.open("/dev/null", os.O_RDONLY) for _ in range(16)]
    jobs = [int(j) for j in sys.argv[3:]]
    holder = bus.Bus()
    for j in jobs:
        holder.call(bus.job(j), "BeginReceive", "a{sv}", 0)
    for _ in range(20):
        connection = wire.Wire()
        connections.append(connection)
        for i in range(60):
            j = jobs[i % len(jobs)]
            connection.call("org.jobd1", bus.job(j)[0], bus.job(j)[1], "BeginReceive", "a{sv}", bytes(8), fds=bag)
            connection.call("org.jobd1", "/org/jobd1", "org.jobd1.Manager", "WaitJobs", "aoa{sv}",
                            wire.paths([bus.job(j)[0]] * 10000))
    print("begun", flush=True)
    os.read(0, 1)


globals()[what]()
ENDPY

id=$(as bob jobctl start -- sh -c 'trap "" URG; head -c 8M /dev/zero; exec sleep 1000')
ok "a job of bob's" eventually 10 has_bytes "$id" 8388608
mapfile -t more < <(for _ in 1 2 3 4; do as bob jobctl start sleep 1000; done)
in_quiet

for attack in unanswered acts answered; do
        siege "$attack" "$id"
        unmoved "$attack"
        raise_siege "$attack"
        unmoved "$attack, when he has left"
done

size=$(jobd_size)
siege bodies "$id"
ok "bodies: jobd has $(jobd_size) MiB, and had $size" is_at_most "$(jobd_size)" $((size + 200))
raise_siege bodies

descriptors=$(jobd_descriptors)
siege waiting "$id" "${more[@]}"
unmoved waiting
ok "waiting: jobd has $(jobd_descriptors) descriptors, and had $descriptors" is_at_most "$(jobd_descriptors)" $((descriptors + 500))
ok "waiting: jobd has $(jobd_size) MiB, and had $size" is_at_most "$(jobd_size)" $((size + 200))
raise_siege waiting
