#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Words of a job that would command the terminal of whoever looks at it, or lie about their own order: escapes, C1
# controls, changes of direction. What jobctl shows of them is harmless, and one line stays one line.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# In UTF-8, and as bytes that are none.
evil=$'\e]0;pwned\a\e[2J\xc2\x9b31m\xc2\x9d0;pwned\xc2\x9c\x9b31m\x90q\x9c\r\b\x7f\u2028\u2029'
bidi=$'\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c'

# harmful FILE: how many characters in it could do harm: any control but tab and newline, or a change of direction.
harmful() {
        python3 -c 'import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode(errors="surrogateescape")
print(sum(c not in "\t\n" and (unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") or
      unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI") or
      c in "\u200e\u200f\u061c") for c in text))' "$1"
}

# Names that have a control in them are refused; changes of direction are letters to jobd.
names() {
        local word
        for word in $'a\eb' $'a\nb' $'a\x7fb' $'a\xc2\x9bb' $'a\x9bb'; do
                fails 2 "jobctl start -n $(printf %q "$word") is refused" jobctl start -n "$word" true
        done
        bus_refuses "so is a C1 control over the bus" alice InvalidArgument 'Name: .*control' manager StartJob "['true']" \
                "{'Name': <'a\\u009bb'>}"
}

# shown DESCRIPTION ARG…: what jobctl prints with these words, in a pipe and on a terminal.
shown() {
        local description=$1
        shift
        as alice jobctl --no-pager "$@" >piped 2>&1 </dev/null
        as alice env NO_COLOR=1 script -qefc "$(printf '%q ' jobctl --no-pager "$@")" /dev/null 2>&1 </dev/null | tr -d '\r' >typed
        ok "$description shows something" grep -qE 'pwned|evil' piped
        is "and nothing that harms, in a pipe" "$(harmful piped)" 0
        is "nor on a terminal" "$(harmful typed)" 0
}

monitored() {
        "$as_user" alice jobctl monitor >piped 2>&1 &
        on_exit kill "$!"
        "$as_user" alice jobctl --json=short monitor >json 2>&1 &
        on_exit kill "$!"
        ok "monitor shows something" eventually 10 monitor_sees
        is "and nothing that harms" "$(harmful piped)" 0
        is "nor as JSON" "$(LC_ALL=C tr -d '\n' <json | LC_ALL=C grep -c '[[:cntrl:]]')" 0
}

monitor_sees() {
        as alice jobctl run -n "evil$bidi" -- sh -c ': "$1"' sh "$evil"
        grep -q evil piped && grep -q evil json
}

names
chmod 0777 .
as alice mkdir "$scratch/evil$evil"
id=$(as alice jobctl start -n "evil$bidi" -C "$scratch/evil$evil" -- \
        sh -c 'systemd-notify --status="$2"; printf "%s" "$1"; printf "%s" "$1" >&2; exit 3' sh "$evil" "pwned $bidi")
as alice jobctl wait "$id" >out 2>&1
ok "wait shows its line" grep -q evil out
is "without harm" "$(harmful out)" 0
shown "list" list "$id"
shown "list --json" --json=short list "$id"
shown "show" show "$id"
shown "show --json" --json=pretty show "$id"
shown "status" status "$id"
shown "remove --dry-run" remove --dry-run --force "evil*"
shown "an error" start -C "$scratch/no evil$evil" true
shown "another one" start "no evil$evil"
shown "and one about a job" stop $'no evil\e]0;x\a\xc2\x9b31m\u2028'"$bidi"
is "its line is one line" "$(as alice jobctl --no-legend list "$id" | wc -l)" 1
monitored
is "receive gives the bytes as they are" "$(as alice jobctl receive --stream=stdout "$id" | sha)" "$(printf %s "$evil" | sha)"
