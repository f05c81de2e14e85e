# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# A build in the cache that the next sandbox of the same checkout goes on with. One sandbox at a time: its keeper holds a
# lock on the build's folder for as long as it lives; another one, meanwhile, builds from nothing.

# find_build: prints a folder for this checkout and these options, or nothing if it is in use. The folder may be empty.
find_build() {
        local dir
        dir=$(cache_dir)/build-$(printf '%s\0' "$source_dir" "$release" "${meson_options[@]}" | sha256sum | cut -c 1-12)
        mkdir -p "$dir"
        is_build_in_use "$dir" || printf '%s\n' "$dir"
}

is_build_in_use() {
        [ -d "$1" ] && ! flock --nonblock "$1" true
}
