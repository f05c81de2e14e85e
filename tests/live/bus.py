# SPDX-License-Identifier: LGPL-2.1-or-later
"""jobd over one bus connection, for live tests that are too fast, or too large, for command lines: sd-bus by ctypes."""

import ctypes
import os

MANAGER = ("/org/jobd1", "org.jobd1.Manager")
_sd = ctypes.CDLL("libsystemd.so.0")


class _Error(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("message", ctypes.c_char_p), ("need_free", ctypes.c_int)]


_Handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_sd.sd_bus_message_get_error.restype = ctypes.POINTER(_Error)
_sd.sd_bus_message_get_error.argtypes = [ctypes.c_void_p]
_sd.sd_bus_message_get_destination.restype = ctypes.c_char_p
_sd.sd_bus_message_get_member.restype = ctypes.c_char_p


class BusError(Exception):
    """A reply that is an error: its name and text."""

    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


# sd-bus reads a "t" from a variable argument: it must have its size.
u64 = ctypes.c_uint64


def job(number):
    return (f"/org/jobd1/job/{number}", "org.jobd1.Job")


class Bus:
    def __init__(self, socket=None, service="org.jobd1"):
        """`socket`: one that somebody has connected to the bus, and that has not said a word yet. `service`: whose objects
        are called."""
        self._service = service.encode()
        self._bus = ctypes.c_void_p()
        self._handlers = []  # of calls under way: ctypes keeps none itself
        if socket is None:
            r = _sd.sd_bus_open_system(ctypes.byref(self._bus))
        else:
            r = min(_sd.sd_bus_new(ctypes.byref(self._bus)), _sd.sd_bus_set_fd(self._bus, socket, socket),
                    _sd.sd_bus_set_bus_client(self._bus, 1), _sd.sd_bus_negotiate_fds(self._bus, 1),
                    _sd.sd_bus_start(self._bus))
        if r < 0:
            raise OSError("no system bus")

    def fileno(self):
        return _sd.sd_bus_get_fd(self._bus)

    def own(self, name):
        """The bus name is this connection's."""
        if _sd.sd_bus_request_name(self._bus, name.encode(), ctypes.c_uint64(0)) < 0:
            raise OSError("the name cannot be taken")

    def call(self, target, method, types, *arguments, returns=None, name=None):
        """As sd_bus_call_method(3), of the service `name`, if it is another one; `returns`: the types of the reply, of s, o, t,
        and h, which is a copy. One gives a value, several a tuple."""
        error = _Error()
        reply = ctypes.c_void_p()
        words = [a.encode() if isinstance(a, str) else a for a in arguments]
        r = _sd.sd_bus_call_method(self._bus, name or self._service, target[0].encode(), target[1].encode(),
                                   method.encode(), ctypes.byref(error), ctypes.byref(reply), types.encode(), *words)
        if r < 0:
            raise BusError((error.name or b"errno").decode(), (error.message or str(-r).encode()).decode())
        if returns is None:
            return None
        values = tuple(self._read(reply, kind) for kind in returns)
        _sd.sd_bus_message_unref(reply)
        return values if len(values) > 1 else values[0]

    @staticmethod
    def _read(reply, kind):
        value = {"t": ctypes.c_uint64, "h": ctypes.c_int}.get(kind, ctypes.c_char_p)()
        if _sd.sd_bus_message_read(reply, kind.encode(), ctypes.byref(value)) < 0:
            raise OSError("another reply than expected")
        if kind == "h":
            return os.dup(value.value)
        return value.value if kind == "t" else value.value.decode()

    def _message(self, target, method, types, arguments):
        message = ctypes.c_void_p()
        words = [a.encode() if isinstance(a, str) else a for a in arguments]
        if _sd.sd_bus_message_new_method_call(self._bus, ctypes.byref(message), self._service, target[0].encode(),
                                              target[1].encode(), method.encode()) < 0 or \
           _sd.sd_bus_message_append(message, types.encode(), *words) < 0:
            raise OSError("the call cannot be made")
        return message

    def send(self, target, method, types, *arguments, interactive=False):
        """Sends a call, and returns a list that the reply's error name, or "", will be put into; see turn()."""
        call = self._message(target, method, types, arguments)
        answer = []
        _sd.sd_bus_message_set_allow_interactive_authorization(call, int(interactive))

        def on_reply(reply, _userdata, _error):
            error = _sd.sd_bus_message_get_error(reply)
            answer.append(error.contents.name.decode() if error else "")
            return 0

        self._handlers.append(_Handler(on_reply))
        if _sd.sd_bus_call_async(self._bus, None, call, self._handlers[-1], None, ctypes.c_uint64(2**64 - 1)) < 0:
            raise OSError("the call cannot be sent")
        _sd.sd_bus_message_unref(call)
        return answer

    def swallow(self, interface, member):
        """Calls of this method are taken, and never answered."""
        def on_message(message, _userdata, _error):
            return _sd.sd_bus_message_is_method_call(ctypes.c_void_p(message), interface.encode(), member.encode())

        self._handlers.append(_Handler(on_message))
        if _sd.sd_bus_add_filter(self._bus, None, self._handlers[-1], None) < 0:
            raise OSError("no filter")

    def hear(self):
        """Takes the signals that are sent to this connection alone; a list that gets the name of each; see turn()."""
        heard = []

        def on_message(message, _userdata, _error):
            message = ctypes.c_void_p(message)
            if _sd.sd_bus_message_is_signal(message, None, None) > 0 and _sd.sd_bus_message_get_destination(message):
                heard.append(_sd.sd_bus_message_get_member(message).decode())
            return 0

        self._handlers.append(_Handler(on_message))
        if _sd.sd_bus_add_filter(self._bus, None, self._handlers[-1], None) < 0:
            raise OSError("no filter")
        return heard

    def turn(self, seconds):
        """Handles what comes, for that long at most."""
        while (r := _sd.sd_bus_process(self._bus, None)) > 0:
            pass
        if r < 0:
            raise OSError("the bus is gone")
        _sd.sd_bus_wait(self._bus, ctypes.c_uint64(int(seconds * 1000000)))

    def post(self, target, method, types, *arguments, answer=False):
        """Sends a call of which nobody reads an answer; with `answer`, one comes."""
        message = self._message(target, method, types, arguments)
        cookie = ctypes.c_uint64()
        _sd.sd_bus_message_set_expect_reply(message, int(answer))
        r = _sd.sd_bus_send(self._bus, message, ctypes.byref(cookie) if answer else None)
        _sd.sd_bus_message_unref(message)
        if r < 0:
            raise OSError(-r, "the bus takes no more")

    def flush(self):
        """Until the bus has taken everything."""
        if _sd.sd_bus_flush(self._bus) < 0:
            raise OSError("the bus has closed the connection")

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
