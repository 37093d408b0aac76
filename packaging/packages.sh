# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# What Pivotbench needs from Debian, and how the two README commands get it. Sourced by them.

build_packages="g++ cmake ninja-build pkg-config libfmt-dev nlohmann-json3-dev libcli11-dev libseccomp-dev libcap-ng-dev libsystemd-dev libarchive-dev qt6-base-dev qt6-svg-dev qt6-l10n-tools libvterm-dev libgif-dev zlib1g-dev"
run_packages="busybox-static uidmap"
test_packages="iproute2 xvfb openbox xdotool python3-pyatspi at-spi2-core dbus bubblewrap util-linux lld man-db manpages manpages-dev shellcheck attr crun runc"
lint_packages="clang-19 clang-tidy-22 libclang-rt-19-dev clang-format-19"

# as_root COMMAND…: directly, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "This needs root for: $*" >&2
        echo "Run it as root, or as a user who may use sudo." >&2
        return 1
    fi
}

# install_missing PACKAGE…: only what is not there, so that a second run is quick and needs no network.
install_missing() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    echo "Installing:$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
