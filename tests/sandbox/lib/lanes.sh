# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Live tests in two sandboxes side by side. Each takes the next test from the queue. A test that measures times says so with a
# comment "# alone": the other sandbox runs none meanwhile.

second_lane= # its process
turn='' machine='' # descriptors of locks

second_lane_pays() {
        [ -z "$use$keep" ] && [ "$(nproc)" -ge 2 ] && [ "$(wc -l <"$results/queue")" -ge 10 ]
}

start_second_lane() {
        second_lane &
        second_lane=$!
}

# Its counts go into a file, which is there only if it came to its end.
second_lane() {
        passed=0 failed=0 skipped=0 keep=
        second_sandbox
        install_build || die "the installation failed"
        boot
        run_lane
        printf '%d %d %d\n' "$passed" "$failed" "$skipped" >"$results/second"
}

finish_second_lane() {
        local p=0 f=1 s=0
        wait "$second_lane" || true
        second_lane=
        ! [ -e "$results/second" ] || read -r p f s <"$results/second"
        ((passed += p, failed += f, skipped += s)) || true
}

end_second_lane() {
        [ -n "$second_lane" ] || return 0
        kill -TERM "$second_lane" 2>/dev/null || true
        wait "$second_lane" 2>/dev/null || true
}

# The sandbox may be gone before the queue is empty.
run_lane() {
        local name
        exec {turn}>"$results/turn" {machine}>"$results/machine"
        while [ -d "$state" ] && name=$(next_test) && [ -n "$name" ]; do
                run_live_test "$name"
        done
}

next_test() {
        flock "$turn"
        head -n 1 "$results/queue"
        sed -i 1d "$results/queue"
        flock --unlock "$turn"
}

# Who waits for the whole machine keeps his turn, so that he gets it.
take_machine() {
        local how=--shared
        ! grep -qx '# alone' "$source_dir/tests/live/$1.sh" || how=--exclusive
        flock "$turn"
        flock "$how" "$machine"
        flock --unlock "$turn"
}

give_machine() {
        flock --unlock "$machine"
}
