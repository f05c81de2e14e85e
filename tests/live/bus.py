# SPDX-License-Identifier: LGPL-2.1-or-later
"""jobd over one bus connection, for live tests that are too fast, or too large, for command lines: sd-bus by ctypes."""

import ctypes

MANAGER = ("/org/jobd1", "org.jobd1.Manager")
_sd = ctypes.CDLL("libsystemd.so.0")


class _Error(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("message", ctypes.c_char_p), ("need_free", ctypes.c_int)]


class BusError(Exception):
    """A reply that is an error: its name and text."""

    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


def job(number):
    return (f"/org/jobd1/job/{number}", "org.jobd1.Job")


class Bus:
    def __init__(self):
        self._bus = ctypes.c_void_p()
        if _sd.sd_bus_open_system(ctypes.byref(self._bus)) < 0:
            raise OSError("no system bus")

    def call(self, target, method, types, *arguments, returns=None):
        """As sd_bus_call_method(3); `returns`: the one basic type of the reply, "s", "o" or "t"."""
        error = _Error()
        reply = ctypes.c_void_p()
        words = [a.encode() if isinstance(a, str) else a for a in arguments]
        r = _sd.sd_bus_call_method(self._bus, b"org.jobd1", target[0].encode(), target[1].encode(), method.encode(),
                                   ctypes.byref(error), ctypes.byref(reply), types.encode(), *words)
        if r < 0:
            raise BusError((error.name or b"errno").decode(), (error.message or str(-r).encode()).decode())
        if returns is None:
            return None
        value = ctypes.c_uint64() if returns == "t" else ctypes.c_char_p()
        if _sd.sd_bus_message_read(reply, returns.encode(), ctypes.byref(value)) < 0:
            raise OSError("another reply than expected")
        result = value.value if returns == "t" else value.value.decode()
        _sd.sd_bus_message_unref(reply)
        return result

    def start(self, *command):
        """StartJob without options; the job's id."""
        path = self.call(MANAGER, "StartJob", "asa{sv}", len(command), *command, 0, returns="o")
        return int(path.rsplit("/", 1)[1])

    def number(self, target, name):
        """A property of type t."""
        error = _Error()
        value = ctypes.c_uint64()
        r = _sd.sd_bus_get_property_trivial(self._bus, b"org.jobd1", target[0].encode(), target[1].encode(),
                                            name.encode(), ctypes.byref(error), ctypes.c_char(b"t"),
                                            ctypes.byref(value))
        if r < 0:
            raise BusError((error.name or b"errno").decode(), (error.message or str(-r).encode()).decode())
        return value.value
