#!/usr/bin/env bash
# Builds the release for a target, and packs it with its manual, completions and notices: archive.sh TARGET
# On Linux it makes the deb and the rpm too, if cargo-deb and cargo-generate-rpm are installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1
version=$(cargo pkgid | sed 's/.*[#@]//')
build=${CARGO_TARGET_DIR:-target}
name=whosin-$version-$target
out=$build/release-files
host=$(rustc -vV | sed -n 's/^host: //p')

cargo build --locked --profile dist --target "$target"
program=$build/$target/dist/whosin

# A program for another machine cannot write its manual; one for this machine writes the same.
writer=$program
machine() { case $1 in *-linux-*) echo "${1%%-*} Linux" ;; *) echo "$1" ;; esac; }
if [ "$(machine "$target")" != "$(machine "$host")" ]; then
    cargo build --locked
    writer=$build/debug/whosin
fi

rm -rf target/files "${out:?}/$name"
.github/scripts/files.sh "$writer" target/files
.github/scripts/notices.py "$target" > target/files/THIRD-PARTY.txt

mkdir -p "$out/$name"
cp "$program" README.md CHANGELOG.md LICENSE target/files/THIRD-PARTY.txt assets/whosin.service "$out/$name"
cp -r target/files/man target/files/completions "$out/$name"
tar -C "$out" -czf "$out/$name.tar.gz" "$name"
rm -r "${out:?}/$name"

case $target in *-linux-*)
    released=$(sed -n "s/^## \[$version\] - //p" CHANGELOG.md)
    {
        printf 'whosin (%s-1) unstable; urgency=medium\n\n  * New release. changelog.gz says what is new.\n\n' "$version"
        printf ' -- %s  %s\n' "$(sed -n 's/^maintainer = "\(.*\)"/\1/p' Cargo.toml)" "$(LC_ALL=C date -uRd "$released")"
    } > target/files/changelog
    if cargo deb --version >/dev/null 2>&1; then
        cargo deb --no-build --no-strip --profile dist --target "$target" --output "$out/"
    fi
    if cargo generate-rpm --version >/dev/null 2>&1; then
        cargo generate-rpm --profile dist --target "$target" --output "$out/"
    fi
esac

cd "$out"
for file in *.tar.gz *.deb *.rpm; do
    [ ! -e "$file" ] || if command -v sha256sum >/dev/null; then sha256sum "$file"; else shasum -a 256 "$file"; fi
done > "SHA256SUMS-$target"
cat "SHA256SUMS-$target"
