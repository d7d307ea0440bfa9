#!/usr/bin/env bash
# Builds with the lowest version of each dependency that Cargo.toml allows.
set -euo pipefail
cd "$(dirname "$0")/../.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

git archive HEAD | tar -x -C "$copy"
cd "$copy"
rm Cargo.lock
export RUSTC_BOOTSTRAP=1
cargo generate-lockfile -Z direct-minimal-versions
unset RUSTC_BOOTSTRAP
cargo check --locked "$@"
