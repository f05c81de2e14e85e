# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Builds the checkout, as the sandbox sees it, and installs it there.

source_inside=/usr/src/jobd
build_inside=/usr/src/jobd-build
meson_options=()

# For --sanitize. Undefined behaviour ends the program, too: jobd-exec has no place to tell it.
add_sanitizers() {
        [ -z "$sanitize" ] ||
                meson_options+=('-Db_sanitize=address,undefined' -Dc_args=-fno-sanitize-recover=all)
}

# From nothing, or going on with what has been built before.
build() {
        if is_configured && ! can_go_on; then
                say "the earlier build does not fit this machine any more: once more, from nothing"
                forget_build
        fi
        if ! is_configured; then
                say "compiling jobd; this takes a minute or two"
                logged configure meson setup "$build_inside" "$source_inside" --prefix=/usr --sysconfdir=/etc \
                        --localstatedir=/var "${meson_options[@]}" || return 1
        fi
        logged build ninja -C "$build_inside"
}

build_outside() {
        printf '%s\n' "$state/store/root$build_inside"
}

is_configured() {
        outside test -e "$(build_outside)/build.ninja"
}

# Another version of meson, or a library that is gone.
can_go_on() {
        outside "$lib/in-root" "$state" ninja -C "$build_inside" build.ninja >/dev/null 2>&1 </dev/null
}

forget_build() {
        outside find "$(build_outside)" -mindepth 1 -delete
}

install_build() {
        logged install meson install -C "$build_inside" --no-rebuild || return 1
        # As the package would: the texts of "journalctl -x".
        logged catalog journalctl --update-catalog || return 1
        enable_units
}

# As the package would: what the presets say.
enable_units() {
        local root=$state/store/root
        outside test -e "$root/usr/lib/systemd/system/jobd.service" || return 0 # until there are units
        outside systemctl --root="$root" --quiet preset jobd.service systemd-journald@jobd.socket
}

# Takes a new build into use in the sandbox as it runs.
refresh() {
        build && install_build || return 1
        (enter shells busctl --quiet call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig)
        (enter shells systemctl daemon-reload)
        (enter shells systemctl try-restart jobd.service) 2>/dev/null || true
}

# logged STEP CMD…: its output only matters when it fails.
logged() {
        local step=$1
        shift
        outside "$lib/in-root" "$state" "$@" >"$state/$step.log" 2>&1 </dev/null && return 0
        say "$step failed:"
        tail -n 60 "$state/$step.log" >&2
        return 1
}
