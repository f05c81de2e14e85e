#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a job's processes and files give away: to another user nothing, to the owner nothing that jobd trusts.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

secret=xyzzy$RANDOM$RANDOM

# Every way into a process: each line is one that worked. It attaches, reads memory, and takes descriptors.
cat >pry.py <<'END'
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
pid = int(sys.argv[1])


def syscall(*arguments):
    # each as wide as a register: what ctypes makes of a number leaves the upper half to chance
    return libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))


PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
PIDFD_OPEN, PIDFD_GETFD, PROCESS_VM_READV = 434, 438, 310


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


if libc.ptrace(PTRACE_SEIZE, pid, None, None) == 0 or libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0:
    print("ptrace")
pidfd = syscall(PIDFD_OPEN, pid, 0)
for fd in range(16):
    if syscall(PIDFD_GETFD, pidfd, fd, 0) >= 0:
        print("pidfd_getfd", fd)
buffer = ctypes.create_string_buffer(8)
local, remote = Vector(ctypes.addressof(buffer), 8), Vector(0x400000, 8)
if syscall(PROCESS_VM_READV, pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) >= 0 or ctypes.get_errno() != 1:
    print("process_vm_readv")
for name, flags in (("mem", os.O_RDWR), ("mem", os.O_RDONLY), ("environ", os.O_RDONLY), ("maps", os.O_RDONLY),
                    ("auxv", os.O_RDONLY), ("syscall", os.O_RDONLY), ("stack", os.O_RDONLY)):
    try:
        if os.read(os.open(f"/proc/{pid}/{name}", flags), 1):
            print(name)
    except OSError:
        pass
for name in "cwd", "exe", "root":
    try:
        print(name, os.readlink(f"/proc/{pid}/{name}"))
    except OSError:
        pass
for fd in range(16):
    for flags in os.O_RDONLY, os.O_WRONLY:
        try:
            os.open(f"/proc/{pid}/fd/{fd}", flags | os.O_NONBLOCK)
            print("fd", fd)
        except OSError:
            pass
END

# pried USER PID
pried() {
        as "$1" python3 "$scratch/pry.py" "$2" 2>&1
}

processes() {
        local own command
        own=$(systemctl show --value -p MainPID "jobd-$id.service")
        command=$(command_of "$id")
        like "there is something to find" "$(pried root "$own")" 'fd 0'
        is "bob cannot look into alice's jobd-exec" "$(pried bob "$own")" ""
        is "nor into her command" "$(pried bob "$command")" ""
        is "nor into jobd" "$(pried bob "$(jobd_pid)")" ""
        is "alice cannot look into her own jobd-exec" "$(pried alice "$own")" ""
        is "nor into root's" "$(pried alice "$(systemctl show --value -p MainPID "jobd-$roots.service")")" ""
        is "what ps shows of jobd-exec tells nothing" "$(as bob ps -ww -o args= -p "$own" | grep -c "$secret")" 0
        is "her command is like any process of hers" "$(as alice cat "/proc/$command/environ" | tr '\0' '\n' | grep -c "$secret")" 1
}

# What the command of alice's job can do with its own jobd-exec, from inside.
from_inside() {
        local inside
        inside=$(as alice jobctl run -C "$scratch" -- sh -c 'python3 pry.py "$PPID"')
        is "a command cannot look into its jobd-exec" "$inside" ""
}

files() {
        local name
        for name in job output.0; do
                ok "there is a $name" test -s "/var/lib/jobd/$id/$name"
                fails 1 "bob cannot read it" as bob cat "/var/lib/jobd/$id/$name"
                fails 1 "alice cannot write it" as alice tee -a "/var/lib/jobd/$id/$name"
        done
        fails 2 "bob cannot list the folder" as bob ls /var/lib/jobd
        is "control groups tell nothing" "$(as bob grep -rs "$secret" /sys/fs/cgroup/jobd.slice | wc -l)" 0
}

# The owner gets a descriptor of the segment: to read, and for nothing else.
cat >segment.py <<'END'
import bus, ctypes, fcntl, os, sys
fd = bus.Bus().call(bus.job(sys.argv[1]), "OpenOutput", "ta{sv}", ctypes.c_uint64(0), 0, returns="h")
assert os.read(fd, 8)
tries = {
    "write": lambda: os.write(fd, b"x"),
    "truncate": lambda: os.ftruncate(fd, 0),
    "open anew": lambda: os.open(f"/proc/self/fd/{fd}", os.O_RDWR),
    "chmod": lambda: os.fchmod(fd, 0o666),
    "chown": lambda: os.fchown(fd, os.getuid(), -1),
    "link": lambda: os.link(f"/proc/self/fd/{fd}", "segment", follow_symlinks=True),
    "attribute": lambda: os.setxattr(fd, "user.x", b"x"),
    "open its folder": lambda: os.open("..", os.O_RDONLY, dir_fd=fd),
    "set flags": lambda: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_RDWR) or os.write(fd, b"x"),
    "take a write lock": lambda: fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
}
for name, what in tries.items():
    try:
        what()
        print(name)
    except OSError:
        pass
END

# On bob's side of the bus: everything that he may ask systemd.
systemd() {
        local text
        text=$(as bob sh -c "systemctl show --all jobd-$id.service; systemctl cat jobd-$id.service
                systemctl status --full --lines=50 jobd-$id.service; systemd-cgls --full --no-pager
                busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
                        GetUnitProcesses s jobd-$id.service" 2>&1 | grep -v -- '-c trap ')
        is "systemd tells bob nothing of it" "$(grep "$secret" <<<"$text")" ""
        fails 1 "and does nothing for him" as bob systemctl --no-ask-password kill "jobd-$id.service"
        fails 1 "nor set its properties" as bob systemctl --no-ask-password set-property --runtime "jobd-$id.service" TasksMax=1
        fails 1 "nor for alice, past jobd" as alice systemctl --no-ask-password stop "jobd-$id.service"
}

id=$(as alice env SECRET="$secret" jobctl start -- sh -c 'trap "exit 0" TERM; echo begin; while :; do sleep 0.1; done')
roots=$(jobctl start -- sleep 1000)
ok "jobs of alice and root" eventually 10 has_bytes "$id" 6
eventually 10 command_of "$roots" >/dev/null
processes
from_inside
files
is "with a segment's descriptor its owner can only read" "$(as alice env PYTHONPATH="$here" python3 "$scratch/segment.py" "$id" 2>&1)" ""
systemd
is "the job has noticed nothing" "$(property "$id" State) $(stream "$id")" "Running begin"
