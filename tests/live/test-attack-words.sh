#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Private words of alice's jobs, of every kind and to their end: bob listens to the bus, reads properties and journals, and
# asks systemd. What he finds is what ps would show him.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

secret=xyzzy$RANDOM$RANDOM

# Not all that is on the bus comes to somebody who is no administrator: what does is kept.
listens() {
        "$as_user" bob dbus-monitor --system >heard 2>&1 &
        on_exit kill "$!"
        "$as_user" bob gdbus monitor --system --dest org.jobd1 >told 2>&1 &
        on_exit kill "$!"
        eventually 10 hears
}

hears() {
        as bob jobctl run true >/dev/null 2>&1
        grep -q JobNew heard && grep -q JobNew told
}

# Each ends in its own way, so that its Reason has its own words.
jobs_of_alice() {
        as alice bash -c '
                cd "'"$directory"'"
                export SECRET='"$secret"'
                jobctl start -- sh -c "echo $SECRET; echo $SECRET >&2; sleep 0.2; exit 3"
                jobctl start -- sh -c "kill -SEGV \$\$; : $SECRET"
                jobctl start -t 200ms -- sh -c ": $SECRET; sleep 100"
                printf "#!/no/such/$SECRET\n" >script-$SECRET
                chmod +x script-$SECRET
                busctl call org.jobd1 /org/jobd1 org.jobd1.Manager StartJob "asa{sv}" 1 "$PWD/script-$SECRET" 0 | tr -dc 0-9 | cut -c 2-
                mkdir "gone-$SECRET"
                jobctl start -- sh -c "trap \"exit 0\" TERM; echo $SECRET; while :; do sleep 0.05; done"'
        # past jobctl's own look at them
        as alice busctl call org.jobd1 /org/jobd1 org.jobd1.Manager StartJob 'asa{sv}' 1 "/no/such/$secret" 0 >/dev/null
}

directory=$(as alice mktemp -d "/home/alice/$secret.XXXXXX")
on_exit rm -rf "$directory"
chmod 0755 .
listens || bail "bob hears nothing"
mapfile -t ids < <(jobs_of_alice)
ok "a job of hers runs" eventually 10 has_bytes "${ids[-1]}" 10
as bob systemctl show --all 'jobd-*.service' >units 2>&1
as bob systemd-analyze dump >units.all 2>&1
as bob sh -c 'for unit in /sys/fs/cgroup/jobd.slice/*/jobd-*; do tail -n +1 $unit/* ; done' >cgroup 2>/dev/null
as bob jobctl show '*' >shown 2>&1
as bob jobctl --json=short list --all-users >listed 2>&1
as alice jobctl stop "${ids[-1]}"
jobctl wait --timeout="$(patience 20)" "${ids[@]}" >/dev/null
as bob jobctl show "${ids[@]}" >>shown 2>&1
as bob sh -c 'journalctl --quiet; journalctl --quiet --namespace=jobd; journalctl --quiet --namespace="*"' >journals 2>&1
as bob sh -c "grep -rsl $secret /run /var/lib /var/log /tmp /var/tmp /etc" >files 2>/dev/null
as alice jobctl remove "${ids[@]}"
eventually 10 grep -q JobRemoved told

ok "there was something to hear" grep -q StateChanged heard
like "reasons say what they may" "$(grep -h ^Reason= shown | sort -u | tr '\n' ';')" 'cannot be executed: its interpreter does not exist.*exited with status 3'
for name in heard told units units.all cgroup shown listed journals; do
        is "$name: no secret" "$(grep -c "$secret" "$name")" 0
done
is "nor in any file that he can read" "$(grep -v "^$scratch" files)" ""
