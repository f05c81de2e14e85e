#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A job that says one thing and is silent then: what it said is there at once, not with whatever comes next.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# One after the other: in the journal nothing follows the line.
PYTHONPATH=$here timeout "$((60 * pace))" python3 - >late <<'PYTHON'
import time
import bus

limit = 4.5  # seconds: after five jobd doubts the journal, and asks anew
connection = bus.Bus()
for i in range(100):
    number = connection.start("sh", "-c", "echo here; exec sleep 1000")
    began = time.monotonic()
    while connection.number(bus.job(number), "OutputBytes") == 0 and time.monotonic() < began + limit:
        time.sleep(0.001)
    waited = time.monotonic() - began
    if waited >= limit:
        print(f"job {number}: {waited:.2f} s")
    connection.call(bus.job(number), "Stop", "a{sv}", 0)
PYTHON
is "the first line of 100 jobs comes before jobd asks for it" "$?, $(cat late)" "0, "
