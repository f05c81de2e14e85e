#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd.conf and its drop-ins: put in, masked, taken out, reloaded; what is wrong in them is told with file, line and key.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

restore() {
        rm -f /{etc,run,usr/lib}/jobd/jobd.conf.d/*test.conf
        systemctl reload jobd
}
on_exit restore

# drop_in PATH LINE…
drop_in() {
        mkdir -p "$(dirname "$1")"
        printf '%s\n' "${@:2}" >"$1"
}

# What the configuration says, by what it does: the limit that a command is told to be over.
long=$(printf '%040000d' 0)
command_max() {
        local text
        text=$(bus_start 2 true "$long" 0 2>&1)
        [[ $text =~ more\ than\ ([0-9.]+[KM])\ \(CommandMax=\) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

log_says() {
        journalctl --quiet --unit=jobd.service --since="@$begun" --output=cat | grep -qF -- "$1"
}

drop_ins() {
        is "nothing is set" "$(command_max)" ""
        drop_in /usr/lib/jobd/jobd.conf.d/50-test.conf '[Manager]' 'CommandMax=10K'
        is "nor is it before the reload" "$(command_max)" ""
        ok "reload" systemctl reload jobd
        is "a package's drop-in counts" "$(command_max)" 10K
        drop_in /run/jobd/jobd.conf.d/50-test.conf '[Manager]' 'CommandMax=11K'
        ok "reload" systemctl reload jobd
        is "of the same name the one in /run" "$(command_max)" 11K
        drop_in /etc/jobd/jobd.conf.d/40-test.conf '[Manager]' 'CommandMax=12K'
        ok "reload" systemctl reload jobd
        is "the later name wins" "$(command_max)" 11K
        ln -s /dev/null /etc/jobd/jobd.conf.d/50-test.conf
        ok "reload" systemctl reload jobd
        is "a link to /dev/null masks" "$(command_max)" 12K
        ok "the log says what was read" log_says \
                "Configuration read: /usr/lib/jobd/jobd.conf, /etc/jobd/jobd.conf.d/40-test.conf, /etc/jobd/jobd.conf.d/50-test.conf"
        restore
        is "all taken out" "$(command_max)" ""
}

refused() {
        drop_in /etc/jobd/jobd.conf.d/50-test.conf '[Manager]' 'CommandMax=10K'
        systemctl reload jobd
        drop_in /etc/jobd/jobd.conf.d/60-test.conf '# x' '[Manager]' 'CommandMax=11K' 'JobsMax=x'
        fails 1 "an error fails the reload" systemctl reload jobd
        ok "the log has file, line and key" log_says \
                "/etc/jobd/jobd.conf.d/60-test.conf:4: JobsMax=: 'x' is not a number from 1 to 1000000"
        bus_refuses "so has the caller" root InvalidArgument \
                "/etc/jobd/jobd\.conf\.d/60-test\.conf:4: JobsMax=: 'x' is not a number" manager Reload '@a{sv} {}'
        is "what was in force stays" "$(command_max)" 10K
        is "and jobd runs on" "$(systemctl is-active jobd)" active
        bus_refuses "not everybody may reload" alice AccessDenied root manager Reload '@a{sv} {}'

        ok "with the same error jobd starts" systemctl restart jobd
        is "and what is right counts" "$(command_max)" 11K
        restore
}

takes_effect() {
        local first second
        drop_in /run/jobd/jobd.conf.d/50-test.conf '[Manager]' 'RunningMax=1'
        systemctl reload jobd
        first=$(bus_start 2 sleep 300 0)
        second=$(bus_start 1 true 0)
        ok "one runs" eventually 10 has_state "$first" Running
        is "the other waits" "$(property "$second" State)" NotStarted
        drop_in /run/jobd/jobd.conf.d/50-test.conf '[Manager]' 'RunningMax=2'
        systemctl reload jobd
        is "with more room it starts" "$(bus_wait "$second")" Completed
        ok "who runs, runs on" has_state "$first" Running
        restore
}

drop_ins
refused
takes_effect
