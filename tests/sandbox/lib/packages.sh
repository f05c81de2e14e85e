# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Installs what the list "packages" names, if it is missing.

# list_packages WHERE…: the names of those groups.
list_packages() {
        local where name want
        while read -r where name _; do
                for want; do
                        [ "$where" != "$want" ] || printf '%s\n' "$name"
                done
        done <"$sandbox_dir/packages"
}

missing_packages() {
        local -A have=()
        local name status
        while read -r name status; do
                [ "$status" != installed ] || have[$name]=1
        done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
        for name; do
                [ -n "${have[$name]-}" ] || printf '%s\n' "$name"
        done
}

# need_packages WHERE…
need_packages() {
        local names missing
        mapfile -t names < <(list_packages "$@")
        mapfile -t missing < <(missing_packages "${names[@]}")
        [ "${#missing[@]}" -gt 0 ] || return 0

        command -v apt-get >/dev/null || die "missing, and there is no apt-get: ${missing[*]}"
        say "installing: ${missing[*]}"
        # A source that cannot be reached need not be the one that matters: the installation decides.
        apt_get update || true
        apt_get install "${missing[@]}" || die "cannot install: ${missing[*]}"
}

# inside_packages: prints a folder with the packages of the group "inside" and what they need, as files; fetched once.
inside_packages() {
        local names dir
        mapfile -t names < <(list_packages inside)
        dir=$(cache_dir)/inside-$(list_packages inside | sha256sum | cut -c 1-8)
        if [ ! -d "$dir" ]; then
                rm -rf "$dir.new"
                mkdir -p "$dir.new/partial"
                fetch_packages "$dir.new" "${names[@]}" ||
                        { apt_get update || true; fetch_packages "$dir.new" "${names[@]}"; } || return 1
                # Another run may have been as quick.
                mv -T "$dir.new" "$dir" || return 1
        fi
        printf '%s\n' "$dir"
}

fetch_packages() {
        local dir=$1
        shift
        apt_get install --download-only --reinstall -o Dir::Cache::archives="$dir/" "$@"
}

cache_dir() {
        local dir=${XDG_CACHE_HOME:-/var/cache}/jobd-sandbox
        mkdir -p "$dir"
        printf '%s\n' "$dir"
}

# On descriptor 9, which a process that outlives this script must not inherit.
lock_cache() {
        exec 9>"$(cache_dir)/lock"
        flock 9
}

unlock_cache() {
        exec 9>&-
}

# RUNLEVEL=1 keeps maintainer scripts from starting daemons on a machine whose PID 1 is not systemd.
apt_get() {
        local log status=0
        log=$(DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -y --no-install-recommends \
                -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>&1) || status=$?
        [ "$status" -eq 0 ] || tail -n 20 <<<"$log" >&2
        return "$status"
}
