# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# How slow this machine is at the moment: time limits are multiplied by it, so that a slow machine is no failure.

# Milliseconds that the unit of work takes on a slow virtual machine of which nobody else wants anything.
pace_reference=400
pace_max=20
pace_sanitized=3 # what sanitizers cost

# A unit of work of the kind that tests and jobd are made of: a hundred processes.
unit_of_work() {
        local begin n
        begin=$(now_ms)
        for n in {1..100}; do
                /bin/true
        done
        printf '%s\n' "$(($(now_ms) - begin))"
}

# measure_pace: sets "pace", a whole number from 1 up, for the tests as JOBD_TEST_PACE.
measure_pace() {
        local took best=
        for _ in 1 2 3; do
                took=$(unit_of_work)
                [ -n "$best" ] && ((best <= took)) || best=$took
        done
        pace=$(((best + pace_reference - 1) / pace_reference))
        ((pace >= 1)) || pace=1
        [ -z "$sanitize" ] || pace=$((pace * pace_sanitized))
        ((pace <= pace_max)) || pace=$pace_max
        export JOBD_TEST_PACE=$pace
}

pace=1
