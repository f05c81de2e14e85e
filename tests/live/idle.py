# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that does nothing, org.jobd1.Idle: what the bus, and sd-bus, make callers wait."""

import bus

connection = bus.Bus()
connection.own("org.jobd1.Idle")
print("begun", flush=True)
while True:
    connection.turn(3600)
