#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A job that says one thing and is silent then: what it said is there at once, not with whatever comes next.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# One after the other: in the journal nothing follows the line.
PYTHONPATH=$here timeout "$((60 * pace))" python3 - >late <<'PYTHON'
import time
import bus

connection = bus.Bus()
for i in range(100):
    number = connection.start("sh", "-c", "echo here; exec sleep 1000")
    began = time.monotonic()
    while connection.number(bus.job(number), "OutputBytes") == 0 and time.monotonic() < began + 3:
        time.sleep(0.001)
    waited = time.monotonic() - began
    if waited >= 3:
        print(f"job {number}: {waited:.2f} s")
    connection.call(bus.job(number), "Stop", "a{sv}", 0)
PYTHON
is "the first line of 100 jobs comes within 3 s" "$?, $(cat late)" "0, "
