#!/usr/bin/env bash
# Install the programs the tests use and pip cannot bring: PostgreSQL, a browser, LibreOffice, gettext, fonts.
# On Debian as root it installs what is missing. Elsewhere it prints what is missing and how to get it, and the
# tests run without it. What stays missing stands in build/left-out.txt, which .ci/run treats as a failure.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
: >build/left-out.txt

has() { command -v "$1" >/dev/null 2>&1; }
has_postgresql() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
has_libreoffice() { has soffice || has localc || [ -x /Applications/LibreOffice.app/Contents/MacOS/soffice ]; }
# Chromium brings no Arabic letters of its own. Systems other than Linux have them.
has_fonts() { [ "$(uname)" != Linux ] || { has fc-list && [ -n "$(fc-list :lang=ar family 2>/dev/null)" ]; }; }

packages=()
find_missing() {
    packages=()
    has_postgresql || packages+=(postgresql)
    has_chromium || packages+=(chromium)
    has_libreoffice || packages+=(libreoffice-calc)
    has curl || packages+=(curl)
    has msgfmt || packages+=(gettext)
    has_fonts || packages+=(fonts-noto-core fontconfig)
}

find_missing
[ ${#packages[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && has apt-get; then
    echo "Installing system packages: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    {
        apt-get -qq update && apt-get -qq install --yes --no-install-recommends "${packages[@]}"
    } >build/apt.log 2>&1 </dev/null || tail -n 5 build/apt.log
    find_missing
    [ ${#packages[@]} -eq 0 ] && exit 0
fi

echo "Left out, because these are not installed:"
for package in "${packages[@]}"; do
    [ "$package" = fontconfig ] && continue
    line="$package (Debian and Ubuntu: apt-get install $package)"
    echo "  $line"
    echo "$line" >>build/left-out.txt
done
exit 0
