#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whose call it is, is whose connection it is: not what the process has become meanwhile, nor who else has the connection.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# become.py HOW FILE: StartJob of "touch FILE-UID", by a process whose user is not the same at each moment.
cat >become.py <<'END'
import bus, os, signal, socket, sys, time
ALICE, BOB = 1001, 1002
how, path = sys.argv[1:]
command = "sh", "-c", f'touch "{path}-$(id -u)"'


def start(connection):
    connection.post(bus.MANAGER, "StartJob", "asa{sv}", len(command), *command, 0)
    connection.flush()


def become(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


if how == "exec":  # alice's; by the time jobd looks, a set-uid program of root has her connection
    become(ALICE)
    connection = bus.Bus()
    os.set_inheritable(connection.fileno(), True)
    start(connection)
    os.dup2(os.open("/dev/null", os.O_RDWR), 2)
    os.execv("/usr/bin/su", ["su", "-", "root"])
elif how == "exit":
    become(ALICE)
    start(bus.Bus())
elif how == "setuid":  # alice's; she is root again by the time she asks
    os.setresuid(ALICE, ALICE, 0)
    connection = bus.Bus()
    os.setresuid(0, 0, 0)
    start(connection)
    time.sleep(0.5)
elif how == "dropped":  # opened by bob, used by alice
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        become(BOB)
        link = socket.socket(socket.AF_UNIX)
        link.connect("/run/dbus/system_bus_socket")
        socket.send_fds(theirs, [b"."], [link.fileno()])
        time.sleep(1)
        os._exit(0)
    fd = socket.recv_fds(ours, 1, 1)[1][0]
    become(ALICE)
    start(bus.Bus(fd))
    time.sleep(0.5)
END

# A job that is started this way is nobody's but USER's, and may well not be started at all.
is_only() {
        for _ in 1 2 3; do
                env PYTHONPATH="$here" timeout 1 python3 become.py "$1" "$scratch/ran/$1" <hang >>out 2>&1 &
        done
        # shellcheck disable=SC2046 # they are numbers
        wait $(jobs -p | grep -v "^$holder$")
        jobctl wait --timeout="$(patience 20)" 'Job*' >/dev/null 2>&1
        ok "$1: jobd goes on" busctl call org.jobd1 /org/jobd1 org.freedesktop.DBus.Peer Ping
        is "$1: nobody but $2 has run it" "$(find ran -name "$1-*" ! -name "$1-$2" -o -name "$1-*" ! -uid "$2")" ""
}

mkdir -m 0777 ran
mkfifo hang
sleep 1000 >hang &
holder=$!
on_exit kill "$holder"
is_only exec 1001
is_only exit 1001
is_only setuid 1001
is_only dropped 1002
