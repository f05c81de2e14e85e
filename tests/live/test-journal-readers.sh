#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who may read the system's journal, by a group or by the ACL that Debian sets on its directories, does not read what jobs
# have written: neither where the directory is new, nor where it was made for everybody by an older jobd.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

machine=$(cat /etc/machine-id)
folder=/var/log/journal/$machine.jobd
groups=(adm systemd-journal)

# A directory that is made from here on lets adm in, as on a Debian, and stays so: no test depends on it.
mkdir -p /var/log/journal
cat >debian.conf <<'END'
z /var/log/journal 2755 root systemd-journal - -
a+ /var/log/journal - - - - d:group::r-x,d:group:adm:r-x,group::r-x,group:adm:r-x
a+ /run/log/journal - - - - d:group::r-x,d:group:adm:r-x,group::r-x,group:adm:r-x
END
# What an older jobd left behind.
cat >older.conf <<END
z $folder 2755 root systemd-journal - -
a+ $folder - - - - d:group:adm:r-x,group:adm:r-x
z $folder/*.journal* 0640 root systemd-journal - -
a+ $folder/*.journal* - - - - group:adm:r--
END

# finds GROUP SECRET: whether bob does, when he is in that group. (Records are not compressed.)
finds() {
        setpriv --reuid=bob --regid=bob --groups="$1" -- grep -raqsF "$2" "$folder" "/run/log/journal/$machine.jobd"
}

not() {
        ! "$@"
}

# nobody_finds SECRET WHEN
nobody_finds() {
        local group
        ok "$2: root finds it" grep -raqsF "$1" "$folder"
        for group in "${groups[@]}"; do
                ok "$2: a member of $group does not" not finds "$group" "$1"
        done
}

begin_anew() {
        systemctl stop systemd-journald@jobd.service
        rm -rf "${folder:?}"
        systemctl start systemd-journald@jobd.service
}

ok "ACLs are as on a Debian" systemd-tmpfiles --create "$scratch/debian.conf"
ok "the journal begins anew" begin_anew
secret=secret-$(openssl rand -hex 8)
is "a job writes" "$(as alice jobctl run -- echo "$secret")" "$secret"
nobody_finds "$secret" "a new directory"
fails 1 "nor with journalctl" setpriv --reuid=bob --regid=bob --groups=adm,systemd-journal -- \
        sh -c 'journalctl --namespace=jobd -o cat | grep -F secret'

id=$(as alice jobctl start -- sh -c 'echo before; while ! [ -e go ]; do sleep 0.02; done; echo after')
ok "a job runs" eventually 10 test -n "$(property "$id" InstanceId)"
ok "the directory becomes an older one" systemd-tmpfiles --create "$scratch/older.conf"
for group in "${groups[@]}"; do
        ok "which $group may read" finds "$group" "$secret"
done
ok "its journald is restarted, as by an upgrade" systemctl restart systemd-journald@jobd.service
nobody_finds "$secret" "an older directory"
as alice touch go
jobctl wait --timeout="$(patience 30)" "$id" >/dev/null
is "the job has noticed nothing" "$(properties "$id" State OutputLost) $(stream "$id" | tr '\n' ' ')" "Completed 0 before after "

# Where journald goes while the disk is full.
like "the other place is root's as well" "$(stat -c %A "/run/log/journal/$machine.jobd")" '^drwx--[S-]---$'
