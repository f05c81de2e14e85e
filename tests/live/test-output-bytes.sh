#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a job prints is what is received: every byte of each stream, whatever it is and however it was written.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# A gigabyte of random bytes.
one_gigabyte() {
        local id
        id=$(jobctl start -- "$scratch/random" 1 1G)
        is "a gigabyte of random bytes" "$(cmp <(jobctl receive --wait "$id") <(random 1 1G) 2>&1)" ""
        is "is counted" "$(properties "$id" State OutputBytes OutputLost OutputDropped HasMoreData)" \
                "Completed 1073741824 0 0 no"
        jobctl remove "$id"
}

ten_million_lines() {
        local id
        id=$(jobctl start -- seq 10000000)
        is "ten million lines" "$(cmp <(jobctl receive --wait "$id") <(seq 10000000) 2>&1)" ""
        jobctl remove "$id"
}

# What journald's own capture would change: blank lines, blanks at the end, carriage returns, NUL, no last newline.
odd_bytes() {
        printf '\n\n  a  \t \nb\r\n\r\n\0\0\n\0c\n\377\376\n\n\nno newline' >out
        printf '\0\n\n \nerr\0' >err
        head -c 10000000 /dev/zero | tr '\0' x >line # one line, without an end
        # shellcheck disable=SC2016
        odd=$(jobctl start -- sh -c 'cat out; cat err >&2')
        long=$(jobctl start -- sh -c 'cat line; echo; printf y')
        empty=$(jobctl start -- true)
        newline=$(jobctl start -- echo)
        dribble=$(jobctl start -- dd if="$scratch/dribbled" bs=1 status=none)
}

odd_bytes_are_right() {
        ok "all of them end" jobctl wait "$odd" "$long" "$empty" "$newline" "$dribble"
        jobctl receive --keep "$odd" >got.out 2>got.err
        ok "odd bytes on stdout" cmp got.out out
        ok "odd bytes on stderr" cmp got.err err
        is "a line of ten megabytes, and one without an end" "$(stream "$long" | sha)" \
                "$({ cat line; echo; printf y; } | sha)"
        is "no byte at all" "$(properties "$empty" OutputBytes HasMoreData) $(stream "$empty" | wc -c)" "0 no 0"
        is "one newline" "$(stream "$newline" | od -An -c | tr -d ' ')" '\n'
        is "one byte at a time" "$(stream "$dribble" | sha)" "$(sha dribbled)"
}

# Words and variables need not be text.
not_text() {
        local word=$'\xff\xfe a\n\x01' id
        id=$(NOT_TEXT=$word jobctl start -- sh -c 'printf "%s|%s|%s" "$1" "$2" "$NOT_TEXT"' sh "$word" '')
        jobctl wait "$id" >/dev/null
        is "arguments and environment that are not UTF-8" "$(jobctl receive "$id" | od -An -tx1)" \
                "$(printf '%s|%s|%s' "$word" '' "$word" | od -An -tx1)"
}

# Large records take calls and files that a unit may forbid: then they are not made.
in_a_narrow_unit() {
        local property id sum
        sum=$(seq 3000000 | sha)
        for property in SystemCallFilter=~memfd_create SystemCallFilter=~splice LimitFSIZE=100000; do
                id=$(jobctl start -p "$property" -- seq 3000000)
                is "a flood with $property" "$(jobctl receive --keep --follow "$id" | sha)" "$sum"
                is "ends well" "$(properties "$id" State OutputLost)" "Completed 0"
                jobctl remove "$id"
        done
}

random 2 20000 >dribbled
odd_bytes
one_gigabyte
ten_million_lines
odd_bytes_are_right
not_text
in_a_narrow_unit
