# SPDX-License-Identifier: LGPL-2.1-or-later
"""boxed.py FILE: runs in jobd's box in its place, and says in "NAME ERRNO" lines what it may and may not.

FILE: of another user, for him alone to read."""

import ctypes
import errno
import fcntl
import glob
import mmap
import os
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, PTRACE_ATTACH, PERSONALITY_LINUX32 = 0x10000000, 16, 8


def system_call(name, *arguments):
    ctypes.set_errno(0)
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def lease(path):
    fd = os.open(path, os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)


def seal():
    fd = os.memfd_create("spec", os.MFD_ALLOW_SEALING)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)


def set_user_id_bit():
    os.chmod("own", 0o4755)


def read(path):
    with open(path, "rb") as file:
        file.read()


def write(path):
    with open(path, "ab") as file:
        file.write(b"")


other = sys.argv[1]
os.chdir(os.environ["STATE_DIRECTORY"])
write("own")
write("leased")
tries = {
    "own-state": lambda: write("own"),
    "seal": seal,
    "lease": lambda: lease("leased"),
    "inotify": lambda: system_call("inotify_init1", 0),
    "space": lambda: os.posix_fallocate(os.open("own", os.O_RDWR), 0, 4096),
    "status-of-others": lambda: read("/proc/1/status"),
    "user-map-of-others": lambda: read("/proc/1/uid_map"),
    "mounts-of-others": lambda: read("/proc/1/mountinfo"),
    "network-of-others": lambda: os.stat("/proc/1/net/dev"),
    "boot-id": lambda: read("/proc/sys/kernel/random/boot_id"),
    "journals": lambda: read(glob.glob("/var/log/journal/*.jobd/*.journal")[0]),
    "write-etc": lambda: write("/etc/passwd"),
    "write-usr": lambda: write("/usr/bin/true"),
    "write-state-of-others": lambda: write("/var/lib/dbus/machine-id.boxed"),
    "write-run": lambda: write("/run/boxed"),
    "write-shared-memory": lambda: write("/dev/shm/boxed"),
    "home": lambda: os.listdir("/home/alice"),
    "read-others-file": lambda: read(other),
    "device": lambda: read("/dev/kmsg"),
    "sysctl": lambda: write("/proc/sys/kernel/core_pattern"),
    "cgroup": lambda: os.mkdir("/sys/fs/cgroup/boxed"),
    "internet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "user-namespace": lambda: system_call("unshare", CLONE_NEWUSER),
    "mount": lambda: system_call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "trace": lambda: system_call("ptrace", PTRACE_ATTACH, 1, None, None),
    "other-user": lambda: os.setuid(1001),
    "give-away": lambda: os.chown("own", 1001, 1001),
    "set-user-id": set_user_id_bit,
    "signal-others": lambda: os.kill(int(sys.argv[2]), signal.SIGCONT),
    "code-of-data": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "personality": lambda: system_call("personality", PERSONALITY_LINUX32),
    "real-time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "clock": lambda: system_call("settimeofday", ctypes.byref((ctypes.c_long * 2)(1, 0)), None),
    "hostname": lambda: system_call("sethostname", b"boxed", 5),
}
for name, attempt in tries.items():
    try:
        attempt()
        print(name, "ok")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
