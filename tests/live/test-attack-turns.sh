#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bob sends more work than jobd can do, and wants no answer: alice does not notice.
# alone
# timeout: 200
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"
# shellcheck source=siege.sh
. "$here/siege.sh"

cat >attack.py <<'ENDPY'
import bus, os, select, signal, sys
number = bus.u64
PROPERTIES = "org.freedesktop.DBus.Properties"
PEER = ("/", "org.freedesktop.DBus.Peer")


def go_on():
    return not select.select([0], [], [], 0)[0]


def post(connection, target):
    """400 calls, each of which would be work."""
    for _ in range(100):
        connection.post(target, "Receive", "bta{sv}", 1, number(2 ** 23), 0)
        connection.post(bus.MANAGER, "ListJobs", "a{sv}", 0)
        connection.post((target[0], PROPERTIES), "GetAll", "s", "org.jobd1.Job")
        connection.post((target[0], "org.freedesktop.DBus.Introspectable"), "Introspect", "")
    connection.flush()


def unanswered(service, job, rounds=1):
    """Work without an answer, as fast as the bus takes it; `rounds` of it before it counts as begun."""
    connection = bus.Bus(service=service)
    for _ in range(int(rounds)):
        post(connection, bus.job(int(job)))
    print("begun", flush=True)
    while go_on():
        post(connection, bus.job(int(job)))


def processor_time(pid):
    """In ms."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 // os.sysconf("SC_CLK_TCK")


def backlog(service, job, pid):
    """The service stands still until all of it lies there: how much of a processor's time it takes to be through."""
    connection = bus.Bus(service=service)
    connection.call(PEER, "Ping", "")
    begin = processor_time(pid)
    os.kill(int(pid), signal.SIGSTOP)
    try:
        for _ in range(100):
            post(connection, bus.job(int(job)))
    finally:
        os.kill(int(pid), signal.SIGCONT)
    connection.call(PEER, "Ping", "")
    print(processor_time(pid) - begin)


globals()[sys.argv[1]](*sys.argv[2:])
ENDPY

policy=/etc/dbus-1/system.d/org.jobd1.Idle.conf

# A service beside jobd that does nothing.
idle() {
        cat >"$policy" <<'ENDXML'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user="root"><allow own="org.jobd1.Idle"/></policy>
  <policy context="default"><allow send_destination="org.jobd1.Idle"/></policy>
</busconfig>
ENDXML
        on_exit rm -f "$policy"
        busctl --quiet call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig
        PYTHONPATH=$here python3 "$here/idle.py" >idle-begun &
        idle=$!
        on_exit kill -KILL "$idle"
        eventually 10 test -s idle-begun || bail "the service that does nothing does not begin"
}

# backlog SERVICE PID: what it takes is a line more in a file.
backlog() {
        PYTHONPATH=$here python3 attack.py backlog "$1" "$id" "$2" >>"takes-$1"
}

# least SERVICE
least() {
        sort -n "takes-$1" | head -n 1
}

id=$(as bob jobctl start -- sh -c 'trap "" URG; head -c 8M /dev/zero; exec sleep 1000')
ok "a job of bob's" eventually 10 has_bytes "$id" 8388608
in_quiet

# What bob sends and jobd has not read stands in one line, before what alice sends. dbus-daemon makes a sender wait; dbus-broker
# has room for some 200 000 calls, and reads from him faster than it passes on, whoever takes them. There, what alice waits
# for is in that line again and again: her call, and what jobd asks the bus about her; and the line is not always as long.
bus_makes_wait=0
if [ "$(systemctl show --value -p Id dbus.service)" = dbus-broker.service ]; then
        idle
        # in turns: the machine is as busy for one as for the other
        for _ in 1 2 3; do
                backlog org.jobd1.Idle "$idle" || bail "the service that does nothing has ended"
                backlog org.jobd1 "$(jobd_pid)" || bail "jobd has ended"
        done
        jobd_takes=$(least org.jobd1)
        idle_takes=$(least org.jobd1.Idle)
        ok "40 000 calls without an answer cost jobd $jobd_takes ms of a processor, who does nothing $idle_takes ms" \
                is_at_most "$jobd_takes" $((idle_takes * pace))

        kill -STOP "$idle"
        siege unanswered org.jobd1.Idle "$id" 600
        kill -CONT "$idle"
        bus_makes_wait=$(($(takes alice busctl --timeout=60 call org.jobd1.Idle / org.freedesktop.DBus.Peer Ping) * 5))
        raise_siege "a service that does nothing"
        kill "$idle"
fi

siege unanswered org.jobd1 "$id"
unmoved unanswered "$bus_makes_wait"
raise_siege unanswered
unmoved "unanswered, when he has left"
