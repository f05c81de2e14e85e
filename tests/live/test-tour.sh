#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tour of "try" shows what it says.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

jobs=$(as alice jobctl --no-legend list)
ok "every step prints what it should" as alice "$here/../sandbox/tour"
is "and it cleans up" "$(as alice jobctl --no-legend list)" "$jobs"
