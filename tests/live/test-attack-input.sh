#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Standard input that never answers, or is none: nobody but the job waits for it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# start_with.py WHAT: StartJob of "cat" with that as standard input; prints the job's id, or why not, and how long it took.
cat >start_with.py <<'END'
import bus, ctypes, os, socket, sys, time
what, path = sys.argv[1], sys.argv[2]
fd = {
    "file": lambda: os.open(path, os.O_RDONLY),
    "path": lambda: os.open(path, os.O_PATH),
    "writing": lambda: os.open(path, os.O_WRONLY),
    "folder": lambda: os.open(path, os.O_RDONLY | os.O_DIRECTORY),
    "fifo": lambda: os.open(path, os.O_RDWR),
    "socket": lambda: socket.socketpair()[0].detach(),
    "listener": lambda: socket.create_server(("127.0.0.1", 0)).detach(),
    "memory": lambda: os.memfd_create("input"),
    "terminal": lambda: os.openpty()[1],
    "master": lambda: os.openpty()[0],
    "pidfd": lambda: os.pidfd_open(os.getpid()),
}[what]()
connection = bus.Bus()
begun = time.monotonic()
try:
    print(connection.call(bus.MANAGER, "StartJob", "asa{sv}", 1, "cat", 2, "StandardInput", "h", fd,
                          "StopTimeoutUSec", "t", ctypes.c_uint64(200000), returns="o").rsplit("/", 1)[1])
except bus.BusError as e:
    print(e.name.rsplit(".", 1)[1])
if time.monotonic() - begun > 1:
    print(f"took {time.monotonic() - begun} s")
sys.stdout.flush()
os._exit(0)
END

start_with() {
        as alice env PYTHONPATH="$here" timeout "$((10 * pace))" python3 "$scratch/start_with.py" "$1" "${2-}"
}

# hangs_alone DESCRIPTION ID: that job waits; all else goes on; it can be stopped.
hangs_alone() {
        local begin
        like "$1: a job" "$2" '^[0-9]+$'
        ok "it runs" eventually 10 command_of "$2"
        begin=$(now)
        is "the next job runs meanwhile" "$(as alice jobctl run echo hello)" hello
        jobctl list >/dev/null
        ok "and jobd answers" test $(($(now) - begin)) -lt $((2000 * pace))
        ok "it can be stopped" timeout "$((10 * pace))" jobctl stop "$2"
        is "and is" "$(property "$2" State)" Stopped
}

chmod 0777 .
as alice sh -c "mkfifo $scratch/fifo; echo >$scratch/plain"
for what in path:plain writing:plain folder:. terminal: master:; do
        is "${what%:*} is refused" "$(start_with "${what%:*}" "$scratch/${what#*:}")" InvalidArgument
done
hangs_alone "a FIFO without a writer" "$(start_with fifo "$scratch/fifo")"
for what in socket listener memory pidfd; do
        id=$(start_with "$what")
        timeout "$((10 * pace))" jobctl wait "$id" >/dev/null
        like "$what: the job ends by itself" "$(property "$id" Result)" '^(success|exit-code)$'
done

mkdir fuse
python3 "$here/fuse.py" "$scratch/fuse" >mounted 2>&1 &
server=$!
on_exit umount -l "$scratch/fuse"
on_exit kill "$server"
eventually 10 test -s mounted
if [ "$(cat mounted)" = mounted ]; then
        hangs_alone "a file whose server never answers" "$(start_with file "$scratch/fuse/file")"
else
        skip "a file whose server never answers" "$(cat mounted)"
fi
