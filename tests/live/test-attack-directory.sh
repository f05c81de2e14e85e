#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Working directories that are not what they were a moment ago, or never answer: a job runs where its user may be, or not
# at all, and nobody but the job waits.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# start_in DIRECTORY CMD: as alice, past jobctl's own look at it. A stop has 200 ms.
start_in() {
        local bytes
        read -ra bytes < <(printf %s "$1" | od -An -v -tu1 | tr '\n' ' ')
        bus_start_as alice 3 sh -c "$2" 2 StopTimeoutUSec t 200000 WorkingDirectory ay "${#bytes[@]}" "${bytes[@]}"
}

# A link that is alice's folder one moment, and one of root's the next.
cat >swap.py <<'END'
import os, sys
link, *targets = sys.argv[1:]
turn = 0
while True:
    turn += 1
    os.symlink(targets[turn % 2], link + ".new")
    os.rename(link + ".new", link)
END

swapped_links() {
        local swapper ids=()
        mkdir -m 0700 secret
        as alice mkdir -p "$scratch/home/own"
        "$as_user" alice python3 "$scratch/swap.py" "$scratch/home/link" "$scratch/home/own" "$scratch/secret" &
        swapper=$!
        eventually 5 test -L home/link
        for _ in {1..25}; do
                ids+=("$(start_in "$scratch/home/link" 'pwd -P')")
        done
        jobctl wait --timeout="$(patience 30)" "${ids[@]}" >/dev/null
        kill "$swapper"
        wait "$swapper" 2>/dev/null
        {
                jobctl receive --stream=stdout "${ids[@]}" 2>/dev/null | grep /
                jobctl show -p Reason --value "${ids[@]}" | sed '/^$/d'
        } | sort | uniq -c >seen
        is "a job runs in alice's folder, or says that it may not enter" \
                "$(grep -vE "^ +[0-9]+ ($scratch/home/own|its directory cannot be entered: Permission denied)$" seen)" ""
        is "each of them one or the other" "$(awk '{ n += $1 } END { print n }' seen)" 25
        ok "none of them was in root's" sh -c '! grep -q secret seen'
}

removed_meanwhile() {
        local id
        as alice mkdir "$scratch/home/gone"
        id=$(start_in "$scratch/home/gone" "rmdir $scratch/home/gone")
        is "a job may remove its own directory" "$(bus_wait "$id")" Completed
        id=$(start_in "$scratch/home/gone" true)
        is "another one does not run in what is gone" "$(bus_wait "$id"): $(property "$id" Reason)" \
                "Failed: its directory cannot be entered: No such file or directory"
        is "nor in a file" "$(id=$(start_in /etc/passwd true); bus_wait "$id"; property "$id" Reason)" \
                $'Failed\nits directory cannot be entered: Not a directory'
}

# An automounter that is there and does not answer: what looks below its folder waits until it is killed.
cat >automount.py <<'END'
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
os.setsid()
folder = sys.argv[1].encode()
_, write = os.pipe()
options = f"fd={write},pgrp={os.getpgrp()},minproto=5,maxproto=5,indirect"
if libc.mount(b"dead", folder, b"autofs", 0, options.encode()) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)
time.sleep(100)
END

dead_automount() {
        local id asked
        mkdir dead
        python3 automount.py "$scratch/dead" >mounted 2>&1 &
        on_exit umount -l "$scratch/dead"
        on_exit kill "$!"
        eventually 10 test -s mounted
        if [ "$(cat mounted)" != mounted ]; then
                skip "a dead automount" "$(cat mounted)"
                return
        fi
        asked=$(now)
        id=$(start_in "$scratch/dead/x/y" pwd)
        like "a job is accepted whose directory never answers" "$id" '^[0-9]+$'
        ok "it waits there" eventually 10 waits_in_kernel "$id"
        is "another job runs meanwhile" "$(bus_wait "$(bus_start_as alice 1 true 0)")" Completed
        jobctl list >/dev/null
        ok "all of that took $(($(now) - asked)) ms" test $(($(now) - asked)) -lt 3000
        is "nothing of it has run" "$(property "$id" State) $(output_of "$id")" "NotStarted "
        ok "it can be stopped" timeout "$((10 * pace))" jobctl stop "$id"
        is "and is" "$(property "$id" State)" Stopped
}

# waits_in_kernel ID: a process of that job, which only SIGKILL ends.
waits_in_kernel() {
        local pid
        pid=$(pgrep -P "$(systemctl show --value -p MainPID "jobd-$1.service")") &&
                [[ $(sed 's/.*) //' "/proc/$pid/stat") == D* ]]
}

chmod 0755 .
mkdir -m 0777 home
swapped_links
removed_meanwhile
dead_automount
