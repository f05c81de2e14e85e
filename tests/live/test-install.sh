#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# README's lines for installing, taking a newer version into use, and uninstalling do what they say.
# timeout: 90
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

source_dir=$(dirname "$(dirname "$here")")
build=/usr/src/jobd-build

# readme_block HEADING: the lines of its first code block, as a script that uses the build that is there.
readme_block() {
        awk -v heading="$1" '$0 == heading { found = 1 } found && /^```/ { if (inside) exit; inside = 1; next } found && inside' \
                "$source_dir/README.md" | grep -v '^apt-get \|^meson setup ' |
                sed "s|^meson install -C build\$|meson install -C $build --no-rebuild --quiet|; s|^ninja -C build |ninja -C $build |"
}

# The last five lines, as for an upgrade.
install_again() {
        readme_block '## Install' >script
        is "README has five lines for it" "$(wc -l <script)" 5
        ok "they work" bash -e script
}
on_exit bash -c "systemctl is-active --quiet jobd || bash -e $scratch/script"

an_upgrade() {
        local id
        mkdir -p /etc/systemd/journald@jobd.conf.d
        printf '[Manager]\nCommandMax=10K\n' >/etc/jobd/jobd.conf
        printf '[Journal]\nSystemMaxFileSize=16M\n' >/etc/systemd/journald@jobd.conf.d/50-local.conf
        on_exit rm -f /etc/jobd/jobd.conf /etc/systemd/journald@jobd.conf.d/50-local.conf
        sha256sum /etc/jobd/jobd.conf /etc/systemd/journald@jobd.conf.d/50-local.conf >before
        id=$(as alice jobctl start -- sh -c 'echo before; while ! [ -e go ]; do sleep 0.05; done; echo after')
        as alice rm -f go
        ok "it runs" eventually 10 sh -c "jobctl receive --keep $id | grep -q before"
        install_again
        ok "what the administrator has written is as it was" sha256sum --check --quiet before
        fails 1 "and in force" bus_start 2 true "$(printf '%020000d' 0)" 0
        like "as its error says" "$output" '10K \(CommandMax=\)'
        as alice touch go
        ok "jobs go on meanwhile" as alice jobctl wait "$id"
        is "and nothing of them is lost" "$(as alice jobctl receive "$id" | paste -s -d ' ')" "before after"
        as alice rm go
}

# What of ours is there, of any kind.
left() {
        systemctl list-units --no-legend --plain 'jobd*' 'systemd-journald*@jobd*'
        systemctl list-unit-files --no-legend 'jobd*' 'systemd-journald@jobd*'
        find /usr /etc /var/lib /var/log -xdev \( -path /usr/src -o -path /usr/lib/debug \) -prune -o \
                ! -type d \( -path '*jobd*' -o -name 'jobctl*' \) -print
        pgrep -a -x 'jobd|jobd-exec'
}

an_uninstall() {
        jobctl start -- sleep 1000 >id
        ok "a job runs" eventually 10 systemctl is-active --quiet "jobd-$(cat id).service"
        rm -f /etc/jobd/jobd.conf /etc/systemd/journald@jobd.conf.d/50-local.conf
        readme_block '### Uninstall' >remove
        is "README has seven lines for it" "$(wc -l <remove)" 7
        ok "they work" bash -e remove
        is "nothing is left, running or enabled" "$(left)" ""
        ok "it can be installed again" bash -e script
        is "and works" "$(jobctl run -- echo hello)" hello
}

an_upgrade
an_uninstall
