#!/usr/bin/env bash
# Makes the animation of the README: plays demo.tape against the real program, and draws the recording. It needs npm.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p target
WHOSIN_RECORD=$PWD/target/demo.cast cargo test --test it the_demo_tape_plays_against_the_real_binary
npx --yes svg-term-cli@2 --in target/demo.cast --out assets/demo.svg --window --no-cursor --padding 12
ls -l assets/demo.svg
