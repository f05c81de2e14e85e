#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bob sends descriptors that take for ever to close, with calls that take none: jobd does not wait for them.
# alone
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=siege.sh
. "$here/siege.sh"

cat >attack.py <<'END'
import os, socket, struct, sys, wire
what = sys.argv[1]
connection = wire.Wire()


def call(fds, path, interface, member, signature="", body=b"", answer=True):
    connection.call("org.jobd1", path, interface, member, signature, body, fds, answer)


def send(fds):
    call(fds, "/", "org.freedesktop.DBus.Peer", "Ping")
    call(fds, "/", "org.freedesktop.DBus.Peer", "Ping", answer=False)
    call(fds, "/org/jobd1", "org.jobd1.Manager", "Unknown")
    call(fds, "/org/jobd1", "org.jobd1.Manager", "ListJobs", "a{sv}", bytes(8))
    call(fds, "/org/jobd1", "org.jobd1.Manager", "ListJobs", "a{sv}", bytes(8), answer=False)
    call(fds, "/org/jobd1", "org.jobd1.Manager", "ListJobs", "h", bytes(4))
    call(fds, "/org/jobd1", "org.jobd1.Manager", "StartJob", "asa{sv}", bytes(8))


def lingering():
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    peer, _ = server.accept()  # who reads nothing
    client.setblocking(False)
    try:
        while True:
            client.send(bytes(65536))
    except BlockingIOError:
        pass
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 600))
    return client, (server, peer)


kept = []
if what == "lingering":
    for _ in range(3):
        client, rest = lingering()
        kept.append(rest)
        send([client.fileno()])
        client.close()  # theirs is the last
else:
    fd = os.open(sys.argv[2], os.O_RDONLY)
    send([fd])
    # more than are closed at one time
    for _ in range(40):
        call([fd], "/", "org.freedesktop.DBus.Peer", "Ping")
print("begun", flush=True)
os.read(0, 1)
END

in_quiet
descriptors=$(jobd_descriptors)
few_descriptors() {
        is_at_most "$(jobd_descriptors)" $((descriptors + 20))
}

siege lingering
unmoved lingering
ok "lingering: they are closed" eventually 10 few_descriptors
raise_siege lingering

mkdir fuse
python3 "$here/fuse.py" "$scratch/fuse" jobd >mounted 2>&1 &
on_exit umount --lazy "$scratch/fuse"
fuse=$!
on_exit kill "$fuse"
eventually 10 test -s mounted
if [ "$(cat mounted)" != mounted ]; then
        skip "a file that is never closed" "$(cat mounted)"
        exit
fi
siege file "$scratch/fuse/file"
unmoved "file that is never closed"
raise_siege file
kill "$fuse"
wait "$fuse"
ok "file: they are closed when its server has gone" eventually 10 few_descriptors
