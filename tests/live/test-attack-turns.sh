#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bob sends more work than jobd can do, and wants no answer: alice does not notice.
# alone
# timeout: 100
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"
# shellcheck source=siege.sh
. "$here/siege.sh"

cat >attack.py <<'ENDPY'
import bus, select, sys
what, job = sys.argv[1], int(sys.argv[2])
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


globals()[what]()
ENDPY

id=$(as bob jobctl start -- sh -c 'trap "" URG; head -c 8M /dev/zero; exec sleep 1000')
ok "a job of bob's" eventually 10 has_bytes "$id" 8388608
in_quiet

siege unanswered "$id"
unmoved unanswered
raise_siege unanswered
unmoved "unanswered, when he has left"
