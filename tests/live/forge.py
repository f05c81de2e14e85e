# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records as jobd-exec sends them, by somebody else: forge.py [--lent=PATH] UUID ID [HOW…].
A user cannot connect to the journal; --lent takes a socket from lend.py, as if he had got hold of one all the same."""
import fcntl
import os
import socket
import struct
import sys
import time

SOCKET = "/run/systemd/journal.jobd/socket"
OUTPUT, START, EXIT = ("42cbaf9d7c3e4058b2e4ee9bee31aa5e", "8bf700be4de040d794644ac21a327c47",
                       "4eb2afc3f92c4da984c80c83552d665e")
HUGE = 700 * 1024 * 1024

words = sys.argv[1:]
lender = words.pop(0).removeprefix("--lent=") if words[0].startswith("--lent=") else None
uuid, number, *hows = words


def connect():
    if lender is None:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        link.connect(SOCKET)
        return link
    with socket.socket(socket.AF_UNIX) as borrower:
        borrower.connect(lender)
        return socket.socket(fileno=socket.recv_fds(borrower, 1, 1)[1][0])


def fields(kind, **more):
    words = {"MESSAGE_ID": kind, "JOBD_RECORD": 1, "JOBD_JOB": uuid, "JOBD_ID": number, "PRIORITY": 6,
             "SYSLOG_IDENTIFIER": "forged", "_SYSTEMD_UNIT": f"jobd-{number}.service", "_PID": 1, "_UID": 0}
    return "".join(f"{key}={value}\n" for key, value in {**words, **more}.items()).encode()


def output(stream, offset, data):
    return (fields(OUTPUT, JOBD_STREAM=stream, JOBD_OFFSET=offset, JOBD_NEWLINE=0) + b"MESSAGE\n" +
            struct.pack("<Q", len(data)) + data + b"\n")


def end(status, out, err):
    return fields(EXIT, MESSAGE="forged", JOBD_WAIT_STATUS=status, JOBD_STDOUT_BYTES=out, JOBD_STDERR_BYTES=err)


def send(data):
    link.sendall(data)


def send_file(fd):
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL)
    socket.send_fds(link, [b""], [fd])


def memory_file(*pieces):
    fd = os.memfd_create("record", os.MFD_ALLOW_SEALING)
    for piece in pieces:
        os.write(fd, piece)
    return fd


def plain():
    """Bytes where the stream is, far ahead of it, at its very end; beginnings and ends."""
    send(fields(START, MESSAGE="forged"))
    for stream in "stdout", "stderr":
        for offset in 0, 1, 5, 6, 65536, 2 ** 32, 2 ** 63, 2 ** 64 - 7:
            send(output(stream, offset, b"forged"))
    for totals in (0, 0), (6, 6), (2 ** 64 - 1, 0), (2 ** 63, 2 ** 63):
        send(end(0, *totals))
    send(end(9, 0, 0))


def file():
    """The same by a memory file, which is how records come that are too large for a datagram."""
    send_file(memory_file(output("stdout", 0, b"forged")))
    send_file(memory_file(end(0, 6, 6)))


def huge():
    """The bytes are a field of 700 MB, of which nobody needs the memory."""
    head = fields(OUTPUT, JOBD_STREAM="stdout", JOBD_OFFSET=0, JOBD_NEWLINE=0) + b"MESSAGE\n" + struct.pack("<Q", HUGE)
    fd = memory_file(head)
    os.ftruncate(fd, len(head) + HUGE + 1)
    os.pwrite(fd, b"\n", len(head) + HUGE)
    send_file(fd)


def odd():
    """What is no record at all."""
    for data in (b"", b"\n", b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff", b"JOBD_JOB=\n", b"=x\n", b"\0" * 1000,
                 fields(OUTPUT), fields(EXIT), fields("x" * 32), fields(OUTPUT, JOBD_JOB="x" * 60000),
                 output("stdin", 0, b"x"), output("stdout", -1, b"x"), output("stdout", "1e3", b"x"),
                 output("stdout", 0, b"x" * 100000), end(-1, 0, 0), end(2 ** 31, 0, 0), end("", "", "")):
        send(data)


link = connect()
link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
for how in hows:
    {"plain": plain, "file": file, "huge": huge, "odd": odd}[how]()
# journald looks at who sent a record when it handles it: before that this process must not be gone
link.send(b"")
while struct.unpack("i", fcntl.ioctl(link, 0x5411, bytes(4)))[0] > 0:  # SIOCOUTQ
    time.sleep(0.005)
