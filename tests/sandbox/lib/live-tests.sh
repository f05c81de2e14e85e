# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034
# Runs the live tests: programs tests/live/test-*.sh, inside the booted sandbox, as root, one after the other. They mostly
# wait: where there are many, a second sandbox takes half of them (lanes.sh).

live_tests() {
        local file
        for file in "$source_dir"/tests/live/test-*.sh; do
                [ -x "$file" ] || continue
                file=${file##*/}
                ! wanted_test "${file%.sh}" || printf '%s\n' "${file%.sh}"
        done
}

running='' # the group of the test that runs now

have_live_tests() {
        [ -n "$(live_tests)" ]
}

run_live_tests() {
        live_tests >"$results/queue"
        ! second_lane_pays || start_second_lane
        run_lane
        [ -z "$second_lane" ] || finish_second_lane
}

# Sets "status". A test may want to go on after another boot (lib.sh): then this succeeds.
run_once() {
        status=0
        (enter "$name" env JOBD_TEST_BOOT="$boot" timeout --kill-after=5 "$limit" "$source_inside/tests/live/$name.sh") \
                </dev/null >>"$output" 2>&1 {turn}>&- {machine}>&- &
        wait "$!" || status=$?
        end_group "$name"
        case $status in
        88) boot_again shutdown >>"$output" 2>&1 ;;
        89) boot_again cut >>"$output" 2>&1 ;;
        *) return 1 ;;
        esac
}

run_live_test() {
        local name=$1 output=$results/$1.out status=0 begin limit result boot=1
        limit=$(time_limit "$source_dir/tests/live/$name.sh")
        running=$name
        take_machine "$name"
        begin=$(now_ms)
        : >"$output"
        while run_once; do
                boot=$((boot + 1))
        done
        give_machine
        running=
        case $status in
        0) result=passed ;;
        77) result=skipped ;;
        124 | 137)
                result=failed
                printf 'longer than %d s\n' "$limit" >>"$output"
                ;;
        *) result=failed ;;
        esac
        tally "$name" "$result" "$(($(now_ms) - begin))" "$output" && return 0
        {
                show_output "$output"
                (enter shells journalctl --quiet --no-pager --unit=jobd --lines=50 --output=short-monotonic) || true
        } >"$output.shown" 2>&1
        cat "$output.shown"
}

# A comment "# timeout: SECONDS" in a test sets its own.
time_limit() {
        local limit
        limit=$(sed -n 's/^# timeout: *\([0-9]*\)$/\1/p' "$1" | head -n 1)
        printf '%s\n' "$((${limit:-120} * pace))"
}
