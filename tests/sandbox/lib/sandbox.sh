# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A private Debian machine with a systemd of its own, in namespaces. Sourced by the commands beside this folder.

sandbox_dir=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
source_dir=$(dirname "$(dirname "$sandbox_dir")")
lib=$sandbox_dir/lib

# shellcheck source=say.sh
. "$lib/say.sh"
# shellcheck source=pace.sh
. "$lib/pace.sh"
# shellcheck source=options.sh
. "$lib/options.sh"
# shellcheck source=root.sh
. "$lib/root.sh"
# shellcheck source=packages.sh
. "$lib/packages.sh"
# shellcheck source=release.sh
. "$lib/release.sh"
# shellcheck source=state.sh
. "$lib/state.sh"
# shellcheck source=boot.sh
. "$lib/boot.sh"
# shellcheck source=enter.sh
. "$lib/enter.sh"
# shellcheck source=build.sh
. "$lib/build.sh"
# shellcheck source=build-cache.sh
. "$lib/build-cache.sh"

lower='' inside='' # what the root is made of: a folder, and one with packages that are added

# prepare [keep-build]: the sandbox's root, not built and not booted. With keep-build it goes on with an earlier build.
prepare() {
        local kept_build=''
        need_packages host root
        need_namespaces
        measure_pace
        # One at a time: two runs may want the same download.
        lock_cache
        lower=$(lower_root "$release") || die "no root of Debian $release"
        [ "$lower" != / ] || inside=$(inside_packages) || die "cannot fetch: $(list_packages inside | xargs)"
        [ $# -eq 0 ] || kept_build=$(find_build)
        new_sandbox "$keep" "$kept_build"
        unlock_cache
        make_root "$kept_build"
}

# make_root BUILD
make_root() {
        outside "$lib/make-root" "$state" "$lower" "$source_dir" "$dbus" "$inside" "$1" "$(cache_dir)/ccache"
}

# second_sandbox: another one, of the same build. It lives and ends with the first; "state" is its own from then on.
second_sandbox() {
        local first=$state build
        build=$(build_outside)
        state=$first/${first##*/}-2
        mkdir -p "$state/store"
        cp "$first/holder" "$state/holder"
        outside mkdir "$first/store/second"
        outside mount --bind "$first/store/second" "$state/store"
        make_root "$build"
}

# set_up: everything, up to a booted sandbox with jobd in it; or the one to be used.
set_up() {
        if [ -n "$use" ]; then
                use_sandbox "$use"
                return 0
        fi
        prepare keep-build
        build || die "the build failed"
        install_build || die "the installation failed"
        say "booting"
        boot
        [ -z "$keep" ] || keep_sandbox
}
