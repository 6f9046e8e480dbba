# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# A private apt for scripts/guests: the machine's own mirror, but lists, cache and package database of its own.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
suites=(trixie forky sid)

# use_suite SITE SUITE ARCHITECTURE PACKAGE: point the private apt there. Fails if there is no such suite or no such
# package in it; anything else that goes wrong ends the script.
use_suite() {
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/debs"
    : >"$apt/status"
    printf '%s\n' 'Types: deb' "URIs: $1" "Suites: $2" 'Components: main' "Architectures: $3" \
        "Signed-By: $keyring" >"$apt/debian.sources"
    {
        apt-config dump Acquire # the machine's own proxies and the like
        printf '%s "%s";\n' Dir::Etc::main /dev/null Dir::Etc::parts /dev/null \
            Dir::Etc::sourcelist "$apt/debian.sources" Dir::Etc::sourceparts /dev/null \
            Dir::Etc::preferences /dev/null Dir::Etc::preferencesparts /dev/null \
            Dir::State "$apt" Dir::State::status "$apt/status" Dir::Cache "$apt/cache" \
            APT::Architecture "$3" APT::Sandbox::User root Acquire::Languages none \
            APT::Update::Error-Mode any
        echo "#clear APT::Architectures; APT::Architectures { \"$3\"; };"
    } >"$apt/apt.conf"
    if ! apt-get update >"$apt/log" 2>&1; then
        grep -q '^ *404 ' "$apt/log" || die "cannot fetch $2: $(grep -m 1 '^[EW]: ' "$apt/log")"
        return 1
    fi
    apt-cache show "$4" >/dev/null 2>&1
}

# The sites where the machine's apt finds its own release, else all that it knows. (The formats are
# expanded by apt.)
# shellcheck disable=SC2016
apt_sites() {
    local codename sites
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    sites=$(env -u APT_CONFIG apt-get indextargets --format '$(RELEASE) $(SITE)')
    (grep "^$codename " <<<"$sites" || printf '%s' "$sites") | awk 'NF > 1 && !seen[$2]++ {print $2}'
}

# find_suite ARCHITECTURE PACKAGE SUITE...: use the first of the suites that has the package on the machine's mirror.
find_suite() {
    local architecture=$1 package=$2 site suite sites
    shift 2
    mapfile -t sites <<<"$(apt_sites)"
    [[ ${sites[0]} ]] || die "this machine's apt has no sources to fetch from"
    for site in "${sites[@]}"; do
        for suite in "$@"; do
            use_suite "$site" "$suite" "$architecture" "$package" && return
        done
    done
    die "no package $package for $architecture in any of $* at ${sites[*]}"
}

# use_riscv64: the newest stable release for riscv64, or what comes after it.
use_riscv64() {
    [[ $in_use == riscv64 ]] && return
    find_suite riscv64 linux-image-riscv64 "${suites[@]}"
    in_use=riscv64
}

# use_release NAME PACKAGE: the release of that name, for what this machine is: meant for packages of no architecture.
use_release() {
    find_suite "$(dpkg --print-architecture)" "$2" "$1"
    in_use=$1
}

# download PACKAGE...: just these, into $apt/debs, which has nothing else afterwards.
download() {
    rm -rf "$apt/debs"
    mkdir -p "$apt/debs"
    (cd "$apt/debs" && apt-get download "$@") >"$apt/log" 2>&1 || die "download failed: $(tail -n 1 "$apt/log")"
}

# fetch_closure NAME PACKAGE...: for riscv64, these and all that they depend on, into $guests/NAME/debs, which is all that
# is left there. apt resolves and downloads them, and that is all.
fetch_closure() {
    local name=$1 new=$guests/new
    use_riscv64
    rm -rf "$new" "${guests:?}/$name" "$guests/$name.versions"
    mkdir -p "$new/debs/partial"
    apt-get install --yes --download-only --no-install-recommends -o Dir::Cache::archives="$new/debs" "${@:2}" \
        >"$apt/log" 2>&1 || die "download failed: $(tail -n 1 "$apt/log")"
    mv "$new" "$guests/$name"
    versions "$guests/$name/debs" >"$guests/$name.versions"
}

# versions FOLDER: name and version of each package in it.
versions() {
    local deb
    for deb in "$1"/*.deb; do
        dpkg-deb -W "$deb"
    done
}
