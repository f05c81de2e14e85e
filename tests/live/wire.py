# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus without a library: calls that no library would send, such as with descriptors that no value names."""
import array
import os
import socket
import struct


def _pad(data, n):
    return data + bytes(-len(data) % n)


def _text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def _field(code, kind, value):
    if kind == "u":
        return struct.pack("<BBBBI", code, 1, ord("u"), 0, value)
    if kind == "g":
        return struct.pack("<BBBBB", code, 1, ord("g"), 0, len(value)) + value.encode() + b"\0"
    return struct.pack("<BBBB", code, 1, ord(kind), 0) + _text(value)


class Wire:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect("/run/dbus/system_bus_socket")
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() +
                            b"\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        words = b""
        while words.count(b"\r\n") < 2:
            words += self.socket.recv(1000)
        self.serial = 0
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")
        self.socket.recv(65536)

    def call(self, name, path, interface, member, signature="", body=b"", fds=(), answer=True):
        self.serial += 1
        fields = [_field(1, "o", path), _field(2, "s", interface), _field(3, "s", member), _field(6, "s", name)]
        if signature:
            fields.append(_field(8, "g", signature))
        if fds:
            fields.append(_field(9, "u", len(fds)))
        header = b""
        for field in fields:
            header = _pad(header, 8) + field
        message = _pad(struct.pack("<BBBBIII", ord("l"), 1, 0 if answer else 1, 1, len(body), self.serial,
                                   len(header)) + header, 8) + body
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        sent = self.socket.sendmsg([message], ancillary)
        self.socket.sendall(message[sent:])
