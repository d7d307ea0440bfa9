#!/usr/bin/env bash
# Installs a package in a new Debian, uses its program, manual and completions, and removes it: try-deb.sh PACKAGE
# It needs debootstrap, the right to chroot, and `script` for a terminal.
set -euo pipefail
package=$(realpath "$1")
root=$(mktemp -d)
# apt downloads as a user of its own.
chmod 755 "$root"
trap 'umount "$root/proc" "$root/dev/pts" 2>/dev/null || true; rm -rf "$root"' EXIT

debootstrap --arch "$(dpkg-deb --field "$package" Architecture)" --variant=minbase --include=man-db,bash-completion,zsh,fish "${SUITE:-stable}" "$root" ${MIRROR:+"$MIRROR"} >"$root.log"
mount -t proc proc "$root/proc"
mount -t devpts devpts "$root/dev/pts"
cp "$package" "$root/whosin.deb"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm LANG=C.UTF-8 "$@"; }

# Minimal images of Debian leave the manual out.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*docker*
inside apt-get install -y /whosin.deb >>"$root.log"
inside whosin --version
inside man whosin | grep -q SYNOPSIS
topics=$(inside dpkg -L whosin | sed -n 's|^/usr/share/man/man[57]/\(.*\)\.[57]\.gz$|\1|p')
[ -n "$topics" ]
for topic in $topics; do
    inside man "$topic" | grep -q "SEE ALSO"
done
inside man 1 whosin-config | grep -q -- --edit
inside bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader whosin; complete -p whosin'
inside zsh -c 'autoload -U compinit; compinit -u; echo "zsh: $_comps[whosin]"; [ -n "$_comps[whosin]" ]'
inside fish -c 'complete -C "whosin doc"' | grep doctor
{ sleep 5; printf q; sleep 5; } | timeout 60 script -qec \
    "stty rows 24 cols 100; chroot $root env TERM=xterm LANG=C.UTF-8 HOME=/root whosin --demo" "$root/screen" >/dev/null
grep -q Amara "$root/screen"
inside dpkg -L whosin
inside apt-get remove -y whosin >>"$root.log"
if inside sh -c 'command -v whosin || ls /usr/share/man/man*/whosin*' 2>/dev/null; then
    echo "the package leaves files" >&2
    exit 1
fi
echo "the package is installed, used and removed"
