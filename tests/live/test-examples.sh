#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The clients of examples/: each does what its first lines say.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# where alice can read them
cp "$here"/../../examples/client.* .
chmod 0755 client.*

# does NAME CLIENT…
does() {
        local name=$1 status=0
        shift
        as alice "$@" sh -c 'seq 30000; echo oops >&2' >out 2>err || status=$?
        is "$name: its end is the job's" "$status" 0 || explain "$(cat err)"
        is "$name: standard output, whole" "$(sha256sum <out)" "$(seq 30000 | sha256sum)"
        ok "$name: standard error" grep -qx oops err
        ok "$name: the state" grep -q 'is Completed' err
        status=0
        as alice "$@" sh -c 'printf "a\0b\377"; exit 3' >out 2>err || status=$?
        is "$name: a job that fails" "$status" 1
        is "$name: any bytes" "$(sha256sum <out)" "$(printf 'a\0b\377' | sha256sum)"
        ok "$name: and why" grep -q 'it exited with status 3' err
        is "$name: nothing is left" "$(as alice jobctl --no-legend list --command='sh -c *seq 30000*' | wc -l)" 0
}

does shell "$scratch/client.sh"
does python "$scratch/client.py"
does C /usr/src/jobd-build/examples/client
