#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Clients of the bus that are not sd-bus: Gio, whose proxies cache properties, and dbus-python, which guesses types. Each
# starts a job with options, watches it, waits for it and receives its output.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >gio.py <<'END'
from gi.repository import Gio, GLib

bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)


def proxy(path, interface):
    return Gio.DBusProxy.new_sync(bus, Gio.DBusProxyFlags.NONE, None, "org.jobd1", path, interface, None)


manager = proxy("/org/jobd1", "org.jobd1.Manager")
options = {
    "Name": GLib.Variant("s", "gio"),
    "WorkingDirectory": GLib.Variant("s", "/tmp"),
    "Umask": GLib.Variant("i", 0o27),
    "MemoryMax": GLib.Variant("i", 1 << 30),
    "SuccessExitStatus": GLib.Variant("ay", [3]),
}
path = manager.StartJob("(asa{sv})", ["sh", "-c", "pwd; umask; read line </home/alice/go; exit 3"], options)
job = proxy(path, "org.jobd1.Job")
loop = GLib.MainLoop()
seen = []


def on_changed(_job, changed, _invalidated):
    state = changed.unpack().get("State")
    if state:
        seen.append(state)
    if state in ("Completed", "Failed", "Stopped"):
        loop.quit()


job.connect("g-properties-changed", on_changed)
print(job.get_cached_property("Name").unpack())
open("/home/alice/go", "w").write("\n")
if job.Wait("(a{sv})", {"TimeoutUSec": GLib.Variant("i", 20000000)}) != "Completed":
    raise SystemExit("Wait: another state")
if not seen or seen[-1] != "Completed":
    GLib.timeout_add_seconds(20, loop.quit)
    loop.run()
print(seen[-1], job.get_cached_property("State").unpack(), job.get_cached_property("ExitCode").unpack())
frames, more = job.Receive("(bta{sv})", False, 1000, {})
print(b"".join(bytes(data) for _time, _stream, data in frames).decode().split(), more)
END

cat >python-dbus.py <<'END'
import dbus

bus = dbus.SystemBus()


def object_at(path, interface):
    return dbus.Interface(bus.get_object("org.jobd1", path), interface)


manager = object_at("/org/jobd1", "org.jobd1.Manager")
options = {"Name": "python", "WorkingDirectory": "/tmp", "Umask": 0o27, "Nice": 5, "RuntimeMaxUSec": 20000000,
           "SuccessExitStatus": [3]}
path = manager.StartJob(["sh", "-c", "pwd; umask; nice; exit 3"], options)
job = object_at(path, "org.jobd1.Job")
print(job.Wait({"TimeoutUSec": 20000000}))
frames, more = job.Receive(True, 1000, {})
print(b"".join(bytes(data) for _time, _stream, data in frames).decode().split(), bool(more))
print(sum(1 for found, _properties in manager.ListJobs({"States": ["Completed"], "Limit": 1000}) if found == path))
for wrong in ({"Umask": -1}, {"Umask": 2 ** 31 - 1}, {"Nice": True}, {"WorkingDirectory": 7}):
    try:
        manager.StartJob(["true"], wrong)
        print("taken:", wrong)
    except dbus.DBusException as error:
        print(error.get_dbus_message())
END

on_exit rm -f /home/alice/go
rm -f /home/alice/go
ok "a pipe that lets the job end" as alice mkfifo /home/alice/go
is "Gio" "$(as alice timeout "$(patience 60)" python3 "$PWD/gio.py" 2>&1)" "gio
Completed Completed 3
['/tmp', '0027'] False"
is "dbus-python" "$(as alice timeout "$(patience 60)" python3 "$PWD/python-dbus.py" 2>&1)" "Completed
['/tmp', '0027', '5'] True
1
Option Umask: -1 is less than 0
Option Umask: 017777777777 is not between 0 and 0777
Option Nice: its type is i, not b
Option WorkingDirectory: its type is ay, not i"
