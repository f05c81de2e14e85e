# SPDX-License-Identifier: LGPL-2.1-or-later
"""stdio.py HOW CMD…: runs CMD with its output going where HOW says, and prints what became of it.

slow    a non-blocking pipe that is full when CMD begins, read when CMD waits: bytes and status
left    the same, but the reader leaves
both    standard output and error are one such pipe
intr    the same as slow, but when CMD waits it gets INT, and the pipe is never read
INT, TERM, HUP, KILL: a pipe, of which 9000 bytes are read; then it gets the signal; its status goes to standard error,
        and what its reader gets in all to standard output
socket  a socket, of which its reader takes the first 1000 bytes, and leaves
"""
import fcntl, hashlib, os, signal, socket, subprocess, sys, time

how, command = sys.argv[1], sys.argv[2:]


def asleep_in_poll(pid):
    """Whether the process waits until it can write."""
    try:
        with open(f"/proc/{pid}/wchan") as f:
            return "poll" in f.read()
    except OSError:
        return False


def full_pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    os.write(writer, b"x" * 4096)
    return reader, writer


def waits(process, reader):
    """True once it waits for room in the pipe, False if it has ended before."""
    writes = 0
    while process.poll() is None:
        writes = writes + 1 if asleep_in_poll(process.pid) else 0
        # it also waits for the bus: that is over in no time
        if writes > 20:
            return True
        time.sleep(0.01)
    return False


def default():
    for signo in signal.SIGPIPE, signal.SIGINT, signal.SIGHUP:
        signal.signal(signo, signal.SIG_DFL)


if how == "socket":
    mine, theirs = socket.socketpair()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, preexec_fn=default)
    theirs.close()
    got = mine.recv(1000, socket.MSG_WAITALL)
    mine.close()
    print(len(got), process.wait())
    sys.exit()

if how.isupper():
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               bufsize=0, preexec_fn=default)
    data = b""
    while len(data) < 9000:
        data += process.stdout.read(9000 - len(data))
    process.send_signal(getattr(signal, "SIG" + how))
    print(process.wait(), file=sys.stderr)
    sys.stdout.buffer.write(data + process.stdout.read())
    sys.exit()

reader, writer = full_pipe()
process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=writer,
                           stderr=writer if how == "both" else None, preexec_fn=default)
os.close(writer)
if not waits(process, reader):
    print("did not wait, and ended with", process.returncode)
    sys.exit()
if how == "intr":
    process.send_signal(signal.SIGINT)
    print(process.wait())
elif how == "left":
    os.close(reader)
    print(process.wait())
else:
    data = b""
    while piece := os.read(reader, 3000):
        data += piece
    print(hashlib.sha256(data[4096:]).hexdigest(), process.wait())
