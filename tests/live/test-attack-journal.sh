#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user would keep the namespace's journald at work with fields of 700 MB, which cost him nothing: jobs of others wait for
# it. He does not even reach it, by any of its sockets, nor by those that his own jobs have.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

folder=/run/systemd/journal.jobd

# reach.py TYPE PATH: connects, or says why not. A datagram needs no connection.
cat >reach.py <<'END'
import socket, sys
kind, path = sys.argv[1:]
link = socket.socket(socket.AF_UNIX, {"dgram": socket.SOCK_DGRAM, "stream": socket.SOCK_STREAM}[kind])
tries = [lambda: link.connect(path)] + ([lambda: link.sendto(b"MESSAGE=x\n", path)] if kind == "dgram" else [])
for attempt in tries:
    try:
        attempt()
        print("reached")
    except OSError as e:
        print(e.strerror)
END

# Tries to take descriptors out of every new process until "enough" is there; says whether one was a control socket, in which
# a socket to the journal lies. jobd-exec alone has one of that type.
cat >snatch.py <<'END'
import ctypes, os, socket
PIDFD_OPEN, PIDFD_GETFD = 434, 438
libc = ctypes.CDLL(None)
newest, young, seen, snatched = os.getpid(), [], 0, 0


def is_control(fd):
    try:
        with socket.socket(fileno=fd) as taken:
            return taken.type == socket.SOCK_SEQPACKET
    except OSError:
        os.close(fd)
        return False


while not os.path.exists("enough"):
    for pid in range(newest + 1, newest + 33):
        pidfd = libc.syscall(PIDFD_OPEN, pid, 0)
        if pidfd >= 0:
            newest, seen = pid, seen + 1
            young.append(pidfd)
    for pidfd in young:
        for fd in 1, 3:
            taken = libc.syscall(PIDFD_GETFD, pidfd, fd, 0)
            snatched += taken >= 0 and is_control(taken)
    while len(young) > 16:
        os.close(young.pop(0))
print(seen > 50, snatched)
END

id=$(as alice jobctl start -C "$scratch" -- sh -c 'while ! [ -e go ]; do sleep 0.02; done; echo hello; exit 3')
ok "a job of alice's" eventually 10 command_of "$id"
for attempt in 1 2 3; do
        fails 1 "bob does not get at its journal ($attempt)" \
                as bob python3 "$here/forge.py" "$(property "$id" InstanceId)" "$id" huge{,,,,,,,,,,,}
        like "as he may not" "$output" 'PermissionError'
done
for name in "$folder"/*; do
        [ -S "$name" ] || continue
        kind=stream
        [[ $name != */socket && $name != */dev-log ]] || kind=dgram
        is "bob cannot reach ${name##*/}" "$(as bob python3 "$scratch/reach.py" $kind "$name" | sort -u)" "Permission denied"
done
is "nor can a job of his" "$(as bob jobctl run -- python3 "$scratch/reach.py" dgram "$folder/socket" | sort -u)" "Permission denied"
is "which has no other socket" \
        "$(as bob jobctl run -- python3 -c 'import os; print(sum(os.readlink(f"/proc/self/fd/{n}").startswith("socket") for n in range(3)), len(os.listdir("/proc/self/fd")))')" \
        "0 4"
touch go
jobctl wait --timeout="$(patience 100)" "$id" >/dev/null
is "alice's job ends as it does" "$(properties "$id" State ExitCode)" "Failed 3"
is "nothing is lost" "$(properties "$id" OutputBytes OutputLost)" "6 0"
is "it has said what it said" "$(stream "$id")" hello

# From its first instruction on nobody has a way into a jobd-exec, in which such a socket lies.
as bob sh -c "cd $scratch && exec python3 snatch.py" >snatched &
snatcher=$!
sleep 0.3
for ((n = 0; n < 60; n++)); do
        as bob jobctl start -- true >/dev/null
done
touch enough
wait "$snatcher"
is "bob takes nothing out of his own, not even at their start" "$(cat snatched)" "True 0"
