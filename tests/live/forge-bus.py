# SPDX-License-Identifier: LGPL-2.1-or-later
"""Messages on the system bus in the name of the bus, of systemd and of jobd, as anybody can send them:
forge-bus.py JOB TO… sends every signal of the list for that job and the ten that come next, to each TO: a name on the
bus, or "all". With --forever it does so until it is killed. With --answers=N it sends answers to calls 1 to N of each
TO instead."""
import os
import socket
import struct
import sys

SYSTEMD = "/org/freedesktop/systemd1"
PROPERTIES = "org.freedesktop.DBus.Properties"
SIGNAL, RETURN, ERROR = 4, 2, 3
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE = range(1, 9)


def align(data, size):
    data += b"\0" * (-len(data) % size)


def put(data, kind, value):
    if kind in "so":
        align(data, 4)
        data += struct.pack("<I", len(value.encode())) + value.encode() + b"\0"
    elif kind == "g":
        data += bytes([len(value)]) + value.encode() + b"\0"
    else:  # u, i, b
        align(data, 4)
        data += struct.pack("<i" if kind == "i" else "<I", int(value))


def array(data, alignment, fill):
    align(data, 4)
    at = len(data)
    data += bytes(4)
    align(data, alignment)
    begin = len(data)
    fill()
    data[at:at + 4] = struct.pack("<I", len(data) - begin)


def body_of_changes(interface, changes):
    """sa{sv}as"""
    data = bytearray()
    put(data, "s", interface)

    def fill():
        for name, kind, value in changes:
            align(data, 8)
            put(data, "s", name)
            put(data, "g", kind)
            if kind == "(uo)":
                align(data, 8)
                put(data, "u", value)
                put(data, "o", "/")
            else:
                put(data, kind, value)

    array(data, 8, fill)
    array(data, 4, lambda: None)
    return "sa{sv}as", bytes(data)


def body(kinds, *values):
    data = bytearray()
    for kind, value in zip(kinds, values):
        put(data, kind, value)
    return kinds, bytes(data)


class Link:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect("/run/dbus/system_bus_socket")
        self.serial = 0
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\nBEGIN\r\n")
        self.send(1, {PATH: "/org/freedesktop/DBus", INTERFACE: "org.freedesktop.DBus", MEMBER: "Hello",
                      DESTINATION: "org.freedesktop.DBus"}, ("", b""), flags=0)

    def send(self, kind, fields, content, flags=1):
        types, data = content
        self.serial += 1
        if types:
            fields = {**fields, SIGNATURE: types}
        head = bytearray(struct.pack("<cBBBII", b"l", kind, flags, 1, len(data), self.serial))

        def fill():
            for code, value in fields.items():
                align(head, 8)
                head.append(code)
                letter = {PATH: "o", REPLY_SERIAL: "u", SIGNATURE: "g"}.get(code, "s")
                put(head, "g", letter)
                put(head, letter, value)

        array(head, 8, fill)
        align(head, 8)
        self.socket.sendall(bytes(head) + data)
        try:  # nobody reads the answers; they must not fill the socket
            while self.socket.recv(65536, socket.MSG_DONTWAIT):
                pass
        except BlockingIOError:
            pass

    def settle(self):
        """Until the bus has handled all that was sent: it answers in order, and closes the connection at the end."""
        self.socket.shutdown(socket.SHUT_WR)
        while self.socket.recv(65536):
            pass


def signals_of(job):
    unit, path = f"{SYSTEMD}/unit/jobd_2d{job}_2eservice", f"/org/jobd1/job/{job}"
    down = [("ActiveState", "s", "inactive"), ("Job", "(uo)", 0)]
    killed = [("Result", "s", "signal"), ("ExecMainCode", "i", 2), ("ExecMainStatus", "i", 9)]
    yield unit, PROPERTIES, "PropertiesChanged", body_of_changes("org.freedesktop.systemd1.Service",
                                                                 [("ExecMainPID", "u", os.getpid())])
    yield unit, PROPERTIES, "PropertiesChanged", body_of_changes("org.freedesktop.systemd1.Unit",
                                                                 [("ActiveState", "s", "active"), ("Job", "(uo)", 0)])
    yield unit, PROPERTIES, "PropertiesChanged", body_of_changes("org.freedesktop.systemd1.Service", killed)
    yield unit, PROPERTIES, "PropertiesChanged", body_of_changes("org.freedesktop.systemd1.Unit", down)
    yield path, "org.jobd1.Job", "StateChanged", body("sss", "Failed", "Running", "forged")
    yield path, PROPERTIES, "PropertiesChanged", body_of_changes("org.jobd1.Job", [("State", "s", "Failed")])
    yield "/org/jobd1", "org.jobd1.Manager", "JobNew", body("uo", job, path)
    yield "/org/jobd1", "org.jobd1.Manager", "JobRemoved", body("uo", job, path)


def signals(job, names):
    yield SYSTEMD, "org.freedesktop.systemd1.Manager", "Reloading", body("b", False)
    for name in names:
        yield "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", body("sss", name, name, "")
    for name in "org.freedesktop.systemd1", "org.jobd1":
        yield "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", body("sss", name, ":1.1", ":1.99999")
    for number in range(job, job + 11):
        yield from signals_of(number)


def main():
    words = sys.argv[1:]
    forever = "--forever" in words
    answers = max((int(w.partition("=")[2]) for w in words if w.startswith("--answers=")), default=0)
    job, *to = (w for w in words if not w.startswith("--"))
    names = [name for name in to if name.startswith(":")]
    link = Link()
    while True:
        for target in to:
            address = {SENDER: "org.freedesktop.DBus"}
            if target != "all":
                address[DESTINATION] = target
            for serial in range(1, answers + 1):
                link.send(RETURN, {**address, REPLY_SERIAL: serial}, body("s", "Failed"))
                link.send(ERROR, {**address, REPLY_SERIAL: serial, ERROR_NAME: "org.jobd1.Error.NoSuchJob"},
                          body("s", "forged"))
            if answers:
                continue
            for path, interface, member, content in signals(int(job), names):
                link.send(SIGNAL, {**address, PATH: path, INTERFACE: interface, MEMBER: member}, content)
        if not forever:
            break
    link.settle()


main()
