# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Counts what tests say. A test that prints TAP counts by its points, another one as one.

passed=0 failed=0 skipped=0

# tally NAME RESULT MILLISECONDS OUTPUT: RESULT is what the exit status said: passed, failed or skipped.
tally() {
        local name=$1 result=$2 p f s names
        read -r p f s < <(count_points "$4")
        mapfile -t names < <(skipped_points "$name" "$4")
        case $result in
        skipped) p=0 f=0 s=1 names=("$name") ;;
        passed) ((p + f + s > 0)) || p=1 ;;
        # It broke off, or says itself that all was not well.
        failed) ((f > 0)) || f=1 ;;
        esac
        ((f == 0)) || result=failed
        if refused_skips "${names[@]}"; then
                f=$((f + s)) s=0 result=failed
        fi
        ((passed += p, failed += f, skipped += s)) || true
        printf '%-7s %-32s %4d.%d s  %s\n' "$result" "$name" "$(($3 / 1000))" "$(($3 % 1000 / 100))" \
                "$(points_text "$p" "$f" "$s")"
        [ "$result" != failed ]
}

count_points() {
        awk '
                /^ok[ \t].*# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
                /^ok[ \t]/ { passed++ }
                /^not ok[ \t].*# *[Tt][Oo][Dd][Oo]/ { skipped++; next }
                /^not ok[ \t]/ { failed++ }
                END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# skipped_points NAME OUTPUT: a line "NAME: DESCRIPTION" for each.
skipped_points() {
        sed -n -E "s/^ok( [0-9]+)?( -)? *(.*[^ ])? *# *[Ss][Kk][Ii][Pp].*/$1: \3/p" "$2"
}

# refused_skips NAME…: in CI only what is known may be skipped.
refused_skips() {
        local name refused=1
        [ "${CI-}" = true ] || return 1
        for name; do
                if ! grep -qxF -- "$name" <(sed 's/ *#.*//' "$sandbox_dir/allowed-skips"); then
                        say "skipped, and not in tests/sandbox/allowed-skips: $name"
                        refused=0
                fi
        done
        return "$refused"
}

points_text() {
        ((($1 + $2 + $3) > 1)) || return 0
        printf '%d passed' "$1"
        (($2 == 0)) || printf ', %d failed' "$2"
        (($3 == 0)) || printf ', %d skipped' "$3"
}

print_totals() {
        printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
        ((failed == 0))
}

# show_output FILE: of a test that failed; without the points that passed, which may be very many.
show_output() {
        printf -- '-------- %s\n' "$(basename "$1" .out)"
        { grep -av '^ok ' "$1" || true; } | tail -n 100
        printf '%s\n' '--------'
}
