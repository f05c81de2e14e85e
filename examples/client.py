#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of jobd in Python, with Gio (python3-gi): starts a job, watches it, receives its output as it comes, and waits.

    examples/client.py COMMAND…

Ends as the job did: 0 if it is Completed, 1 if not.
"""
import os
import sys

from gi.repository import Gio, GLib

FINISHED = ("Completed", "Failed", "Stopped")  # what is none of these goes on, whatever other words may come

bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)


def proxy(path, interface):
    return Gio.DBusProxy.new_sync(bus, Gio.DBusProxyFlags.NONE, None, "org.jobd1", path, interface, None)


def start(command):
    manager = proxy("/org/jobd1", "org.jobd1.Manager")
    options = {"WorkingDirectory": GLib.Variant("s", os.getcwd())}  # where bytes are wanted text will do
    return manager.StartJob("(asa{sv})", command, options)


def receive(job):
    """Takes what is there. Without keep an answer has at most 64 KiB."""
    more = True
    while more:
        frames, more = job.Receive("(bta{sv})", False, 65536, {})
        for _time, stream, data in frames:
            out = sys.stdout if stream == "stdout" else sys.stderr
            out.buffer.write(bytes(data))
            out.buffer.flush()


def main():
    path = start(sys.argv[1:])
    job = proxy(path, "org.jobd1.Job")
    loop = GLib.MainLoop()

    # The proxy keeps the properties up to date. OutputBytes is invalidated alone: that there is more is told once, until
    # somebody looks. A finished state is told when the last byte can be received, and may have been there already.
    def on_changed(_job, changed, invalidated):
        if "State" in changed.keys():
            print("it is", changed["State"], file=sys.stderr)
        if "OutputBytes" in invalidated or "State" in changed.keys():
            receive(job)
        if changed.unpack().get("State") in FINISHED:
            loop.quit()

    job.connect("g-properties-changed", on_changed)
    # Between the call and the proxy something may have happened that is no change any more: Wait asks, and does not wait.
    state = job.Wait("(a{sv})", {"TimeoutUSec": GLib.Variant("t", 0)})
    if state not in FINISHED:
        loop.run()
    receive(job)
    state = job.Wait("(a{sv})", {})
    reason = bus.call_sync("org.jobd1", path, "org.freedesktop.DBus.Properties", "Get",
                           GLib.Variant("(ss)", ("org.jobd1.Job", "Reason")), None, 0, -1, None).unpack()[0]
    if reason:
        print("because it", reason, file=sys.stderr)
    job.Remove("(a{sv})", {})
    return 0 if state == "Completed" else 1


if __name__ == "__main__":
    sys.exit(main())
