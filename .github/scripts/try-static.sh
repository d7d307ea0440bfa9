#!/usr/bin/env bash
# Starts a static program alone in an empty root directory, without /proc, /dev and certificates: try-static.sh PROGRAM
# It needs the right to chroot, and `script` for a terminal.
set -euo pipefail
program=$(realpath "$1")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

cp "$program" "$root/whosin"
chroot "$root" /whosin --version
chroot "$root" /whosin man servers | grep -q Synapse
chroot "$root" /whosin config >/dev/null
# The demo signs in to its own homeserver and draws; q ends it.
{ sleep 5; printf q; sleep 5; } | TERM=xterm LANG=C.UTF-8 HOME=/ \
    timeout 60 script -qec "stty rows 24 cols 100; chroot $root /whosin --demo" "$root/screen" >/dev/null
grep -q Amara "$root/screen"
echo "the demo runs in an empty root directory"
