# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Messages of the sandbox's scripts. They go to standard error: standard output belongs to what runs inside.

say() {
        printf '== %s\n' "$*" >&2
}

die() {
        printf '%s: %s\n' "${0##*/}" "$*" >&2
        exit 1
}

# The machine cannot do it at all, which is no verdict on jobd.
cannot() {
        printf '%s: this machine cannot run the sandbox: %s\n' "${0##*/}" "$*" >&2
        exit 77
}

# Milliseconds on a clock that never jumps back.
now_ms() {
        local up
        read -r up _ </proc/uptime
        printf '%s\n' "${up/./}0"
}
