# SPDX-License-Identifier: LGPL-2.1-or-later
"""A FUSE file system with one file that can be opened, and then never answers: fuse.py FOLDER [NAME]. When a process called
NAME closes it, that is not answered either."""
import ctypes
import os
import stat
import struct
import sys

LOOKUP, GETATTR, OPEN, INIT, FLUSH, RELEASE = 1, 3, 14, 26, 25, 18
ROOT, FILE = 1, 2
DEVICE = "/dev/jobd-test-fuse"


def attributes(node):
    mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
    return struct.pack("<6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 512, 0)


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
            return comm.read().strip()
    except OSError:
        return None


def answer(opcode, node, opened, pid):
    """None: it never comes. What has been opened is not answered any more."""
    if opcode == INIT:
        return struct.pack("<IIIIHHIIHHI", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0) + bytes(28)
    if opcode == LOOKUP:
        return struct.pack("<QQQQII", FILE, 0, 0, 0, 0, 0) + attributes(FILE)
    if opcode == GETATTR and not (opened and node == FILE):
        return struct.pack("<QII", 0, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack("<QII", 1, 1, 0)  # FOPEN_DIRECT_IO: every read asks
    if opcode == FLUSH and len(sys.argv) > 2 and name_of(pid) == sys.argv[2]:
        return None
    if opcode in (FLUSH, RELEASE):
        return b""
    return None


try:
    os.mknod(DEVICE, stat.S_IFCHR | 0o600, os.makedev(10, 229))
    device = os.open(DEVICE, os.O_RDWR)
    os.unlink(DEVICE)
except OSError as e:
    sys.exit(f"there is no FUSE: {e}")
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
if libc.mount(b"fuse", sys.argv[1].encode(), b"fuse.jobd-test", 6, options.encode()) < 0:
    sys.exit(f"FUSE: {os.strerror(ctypes.get_errno())}")
print("mounted", flush=True)
opened = False
while True:
    request = os.read(device, 1 << 20)
    _, opcode, unique, node, _, _, pid = struct.unpack_from("<IIQQIII", request)
    reply = answer(opcode, node, opened, pid)
    opened = opened or opcode == OPEN
    if reply is not None:
        os.write(device, struct.pack("<IiQ", 16 + len(reply), 0, unique) + reply)
