#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl -H: the jobs of another machine over ssh, where no descriptor can be passed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ssh.sh
. "$(dirname "$0")/ssh.sh"

start_sshd
let_in alice bob
remote=(as alice jobctl -H bob@server01)

# shellcheck disable=SC2016 # the job expands them
id=$("${remote[@]}" start -n remote -E FOO=bar -- sh -c 'echo "$FOO $USER $PWD"; echo err >&2; exit 3')
fails 1 'wait' "${remote[@]}" wait remote
is 'name, state' "$("${remote[@]}" list --no-legend remote | awk '{ print $1, $2, $4 }')" "$id remote Failed"
is 'keep' "$("${remote[@]}" receive --keep remote 2>/dev/null)" 'bar bob /home/bob'
"${remote[@]}" receive --remove remote >out 2>err
is 'stdout, in the home and environment of a login there' "$(cat out)" 'bar bob /home/bob'
is 'stderr and why it failed' "$(cat err)" "err
job $id (remote): Failed: exited with status 3"
fails 3 'removed' "${remote[@]}" show remote
fails 5 'run passes the status on' "${remote[@]}" run -- sh -c 'exit 5'
is 'all the bytes' "$("${remote[@]}" run -- seq 1 500000 | md5sum)" "$(seq 1 500000 | md5sum)"
fails 2 'no input from here' "${remote[@]}" start --input=/dev/null true
fails 2 'no directory of here' "${remote[@]}" start -C here true
fails 1 'no such machine' as alice jobctl -H bob@nosuchhost list
