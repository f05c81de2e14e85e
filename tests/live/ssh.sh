# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For live tests of remote jobs: an sshd on loopback, and users who may log in without a password. Source it after lib.sh.

# start_sshd: "localhost", and "server01" to "server04" as well, all of them this machine.
start_sshd() {
        local n
        for n in 1 2 3 4; do
                grep -q "server0$n" /etc/hosts || printf '127.0.0.1%d server0%d\n' "$n" "$n" >>/etc/hosts
        done
        [ -e /etc/ssh/sshd_config ] || cp /usr/share/openssh/sshd_config /etc/ssh/
        getent passwd sshd >/dev/null || useradd --system --home-dir /run/sshd --shell /usr/sbin/nologin sshd
        ssh-keygen -q -A
        systemctl start ssh.service
        on_exit systemctl stop ssh.service
        eventually 10 ssh-keyscan -t ed25519 localhost
}

# let_in USER TARGET: USER may log in as TARGET, on every name of this machine.
let_in() {
        as "$1" sh -c 'mkdir -p -m 0700 .ssh; test -e .ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519'
        as "$1" cat .ssh/id_ed25519.pub | as "$2" sh -c 'mkdir -p -m 0700 .ssh; cat >>.ssh/authorized_keys'
        ssh-keyscan -t ed25519 localhost server01 server02 server03 server04 2>/dev/null |
                as "$1" sh -c 'cat >>.ssh/known_hosts'
}
