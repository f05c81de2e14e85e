# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Runs the meson test suites in the sandbox's root.

run_meson_tests() {
        local name result ms options=() suite
        for suite in unit bus gate; do
                ! wanted_suite "$suite" || options+=(--suite "$suite")
        done
        outside "$lib/in-root" "$state" meson test -C "$build_inside" --no-rebuild "${options[@]}" \
                </dev/null >"$results/meson.log" 2>&1 || true
        outside "$lib/meson-results" "$state/store/build/meson-logs/testlog.json" "$results" >"$results/meson" || {
                show_output "$results/meson.log"
                die "meson test did not run"
        }
        while read -r result ms name; do
                wanted_test "$name" || continue
                tally "$name" "$result" "$ms" "$results/$name.out" || show_output "$results/$name.out"
        done <"$results/meson"
}
