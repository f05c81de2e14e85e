# SPDX-License-Identifier: LGPL-2.1-or-later
"""Gives whoever connects to PATH a socket that is connected to the jobs' journal: lend.py PATH. For root alone, as only root
may connect to that."""
import os
import socket
import sys

JOURNAL = "/run/systemd/journal.jobd/socket"

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listener.listen()
while True:
    borrower, _ = listener.accept()
    with borrower, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.connect(JOURNAL)
        socket.send_fds(borrower, [b"x"], [link.fileno()])
