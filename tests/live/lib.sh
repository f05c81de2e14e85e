# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What live tests are written with. A test sources this, makes its assertions, and ends; the plan and the exit status
# follow from them. Output is TAP.

set -uo pipefail

test_name=$(basename "$0" .sh)
here=$(dirname "$(readlink -f "$0")")
points=0 failures=0 plan_given=
# How many times slower than usual this machine is (tests/sandbox/lib/pace.sh): limits of time are multiplied by it.
pace=${JOBD_TEST_PACE:-1}
scratch=$(mktemp -d "/tmp/$test_name.XXXXXX")
chmod 0755 "$scratch"
cd "$scratch" || exit 1

as_user=$here/../sandbox/lib/as-user

# as USER CMD…: as a login of that user would run it, in the home directory.
as() {
        "$as_user" "$@"
}

# point STATUS DESCRIPTION
point() {
        points=$((points + 1))
        if [ "$1" -eq 0 ]; then
                printf 'ok %d - %s\n' "$points" "$2"
        else
                failures=$((failures + 1))
                printf 'not ok %d - %s\n' "$points" "$2"
                printf '# at line %s\n' "${BASH_LINENO[1]}"
        fi
        return "$1"
}

explain() {
        printf '#   %s\n' "${*//$'\n'/$'\n'#   }"
}

# ok DESCRIPTION CMD…: CMD succeeds. Its output is shown if not.
ok() {
        local description=$1 output status=0
        shift
        output=$("$@" 2>&1 </dev/null) || status=$?
        point "$((status != 0))" "$description" && return 0
        explain "$(printf '%q ' "$@") ended with $status:"
        explain "$output"
        return 1
}

# fails STATUS DESCRIPTION CMD…: CMD ends with that exit status, and prints what is left in $output.
# shellcheck disable=SC2034 # tests read it
fails() {
        local expected=$1 description=$2 status=0
        shift 2
        output=$("$@" 2>&1 </dev/null) || status=$?
        point "$((status != expected))" "$description" && return 0
        explain "$(printf '%q ' "$@") ended with $status, not $expected:"
        explain "$output"
        return 1
}

# is DESCRIPTION ACTUAL EXPECTED
is() {
        local differs=0
        [ "$2" = "$3" ] || differs=1
        point "$differs" "$1" && return 0
        explain "expected: $(printf '%q' "$3")"
        explain "actual:   $(printf '%q' "$2")"
        return 1
}

# like DESCRIPTION ACTUAL REGULAR-EXPRESSION
like() {
        local differs=0
        [[ $2 =~ $3 ]] || differs=1
        point "$differs" "$1" && return 0
        explain "expected to match: $3"
        explain "actual:            $2"
        return 1
}

# pass DESCRIPTION; fail DESCRIPTION [WHY]
pass() {
        point 0 "$1"
}

fail() {
        point 1 "$1"
        [ $# -lt 2 ] || explain "$2"
        return 1
}

# skip DESCRIPTION WHY: one point that cannot be tested here.
skip() {
        points=$((points + 1))
        printf 'ok %d - %s # SKIP %s\n' "$points" "$1" "$2"
}

# skip_all WHY: the whole test cannot be run here.
skip_all() {
        printf '1..0 # SKIP %s\n' "$1"
        plan_given=1
        exit 77
}

# bail WHY: there is no point in going on.
bail() {
        fail "$1"
        exit 1
}

# patience SECONDS: the limit for what takes that long at most where nobody else wants the machine, in seconds.
patience() {
        printf '%s\n' "$(($1 * 3 * pace))"
}

# eventually SECONDS CMD…: tries CMD until it succeeds, for so long. Shows the last try's output if it never does.
eventually() {
        local end output
        end=$(($(now) + $(patience "$1") * 1000))
        shift
        while ! output=$("$@" 2>&1 </dev/null); do
                if (($(now) > end)); then
                        explain "in time it never came true: $(printf '%q ' "$@")"
                        explain "$output"
                        return 1
                fi
                sleep 0.02
        done
}

# now: milliseconds on a clock that never jumps back.
now() {
        local up
        read -r up _ </proc/uptime
        printf '%s\n' "${up/./}0"
}

# sha [FILE]: the checksum of a file, or of standard input.
sha() {
        sha256sum -- "${1:--}" | cut -d ' ' -f 1
}

# boot_again shutdown|cut: the machine is shut down, or loses its power, and is booted once more; the test begins anew, with
# $boot one higher. It leaves its jobs, and what it put into the folder $kept.
# shellcheck disable=SC2034  # used by the tests
boot=${JOBD_TEST_BOOT:-1}
# shellcheck disable=SC2034
kept=/var/lib/$test_name
boot_again() {
        [ "$failures" -eq 0 ] || exit 1
        trap - EXIT
        [ "$1" = cut ] && exit 89
        exit 88
}

# on_exit CMD…: runs when the test ends, however it ends; the last one first.
exit_commands=()
on_exit() {
        exit_commands=("$(printf '%q ' "$@")" "${exit_commands[@]}")
}

# Every job younger than the test is the test's: tests run one after the other.
newest_job() {
        jobctl --no-legend list --all-users --newest=1 2>/dev/null | awk '{ print $1 }'
}

remove_jobs() {
        local id ids=()
        command -v jobctl >/dev/null || return 0
        for id in $(jobctl --no-legend list --all-users 2>/dev/null | awk '{ print $1 }'); do
                ((id <= ${jobs_before:-0})) || ids+=("$id")
        done
        [ "${#ids[@]}" -eq 0 ] || jobctl --quiet remove --force "${ids[@]}" >/dev/null 2>&1
}

# No test may crash jobd, nor make a sanitizer speak.
jobd_is_sound() {
        local crashes
        crashes=$(journalctl --quiet --unit=jobd.service --since="@$begun" --output=cat 2>/dev/null |
                grep -aE 'status=[0-9]+/(ILL|ABRT|BUS|FPE|SEGV)|ERROR: [A-Za-z]*Sanitizer|runtime error:' | head -n 20)
        [ -n "$crashes" ] || return 0
        fail "jobd is sound" "$crashes"
}

end_test() {
        local status=$1 command
        trap '' INT TERM
        jobd_is_sound
        for command in "${exit_commands[@]}"; do
                eval "$command"
        done
        remove_jobs
        cd / && rm -rf -- "$scratch"
        [ -n "$plan_given" ] || printf '1..%d\n' "$points"
        [ "$status" -ne 0 ] || [ "$failures" -eq 0 ] || status=1
        [ "$status" -ne 0 ] || [ "$points" -gt 0 ] || status=1
        exit "$status"
}

begun=$(date +%s.%6N)
jobs_before=$(newest_job)
trap 'end_test $?' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
