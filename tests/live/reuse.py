# SPDX-License-Identifier: LGPL-2.1-or-later
"""reuse.py USER COMMAND…: a process of USER in a box connects to the bus, hands the connection on and ends; a process that is in
no box gets its number; then a job is started over the connection. Says what jobd answers. Run by root, who alone may choose a
number; any user has it by starting processes until it comes round again."""
import ctypes
import os
import pwd
import select
import signal
import struct
import sys
import time

import wire

CLONE3, SIGCHLD, PR_SET_NO_NEW_PRIVS = 435, 17, 38
libc = ctypes.CDLL(None, use_errno=True)
user = pwd.getpwnam(sys.argv[1])


def become_user():
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def fork_with_number(pid):
    """0: in the child, which has it."""
    number = (ctypes.c_int * 1)(pid)
    arguments = struct.pack("11Q", 0, 0, 0, 0, SIGCHLD, 0, 0, 0, ctypes.addressof(number), 1, 0)
    child = libc.syscall(CLONE3, arguments, len(arguments))
    if child < 0:
        raise OSError(ctypes.get_errno(), "clone3")
    return child


def words(values):
    data = b""
    for value in values:
        data = data + bytes(-len(data) % 4) + struct.pack("<I", len(value)) + value.encode() + b"\0"
    return struct.pack("<I", len(data)) + data


ours, its = wire.socket.socketpair()
prisoner = os.fork()
if prisoner == 0:
    become_user()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    connection = wire.Wire()
    wire.socket.send_fds(its, [b"x"], [connection.socket.fileno()])
    os._exit(0)
_, descriptors, _, _ = wire.socket.recv_fds(ours, 1, 1)
os.waitpid(prisoner, 0)
time.sleep(0.2)  # start times are told in hundredths of a second
successor = fork_with_number(prisoner)
if successor == 0:
    become_user()
    its.send(b"x")
    signal.pause()
ours.recv(1)

connection = wire.Wire.__new__(wire.Wire)
connection.serial = 100
connection.socket = wire.socket.socket(fileno=descriptors[0])
body = words(sys.argv[2:])
body += bytes(-len(body) % 4) + struct.pack("<I", 0)
body += bytes(-len(body) % 8)
connection.call("org.jobd1", "/org/jobd1", "org.jobd1.Manager", "StartJob", "asa{sv}", body)
answer = b""
while select.select([connection.socket], [], [], 3)[0]:
    answer += connection.socket.recv(65536)
os.kill(successor, signal.SIGKILL)
print(answer.decode(errors="replace").replace("\0", " "))
