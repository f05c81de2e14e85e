# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Runs the meson test suites in the sandbox's root: beside the live tests, which mostly wait, and measure times; so one
# test at a time, and nicely.

meson_tests= # their process, while they run

start_meson_tests() {
        local options=() suite
        for suite in unit bus gate; do
                ! wanted_suite "$suite" || options+=(--suite "$suite")
        done
        ! will_run_live_tests || options+=(--num-processes 1)
        outside nice "$lib/in-root" "$state" meson test -C "$build_inside" --no-rebuild --timeout-multiplier "$pace" \
                "${options[@]}" </dev/null >"$results/meson.log" 2>&1 &
        meson_tests=$!
}

finish_meson_tests() {
        local name result ms
        wait "$meson_tests" || true
        meson_tests=
        outside "$lib/meson-results" "$(build_outside)/meson-logs/testlog.json" "$results" >"$results/meson" || {
                show_output "$results/meson.log"
                die "meson test did not run"
        }
        while read -r result ms name; do
                wanted_test "$name" || continue
                tally "$name" "$result" "$ms" "$results/$name.out" || show_output "$results/$name.out"
        done <"$results/meson"
}
