#!/usr/bin/env bash
# Makes the animation of the README: plays demo.tape against the real program, and draws what it shows.
set -euo pipefail
cd "$(dirname "$0")/../.."
WHOSIN_RECORD=$PWD/assets/demo.svg cargo test --test it the_demo_tape_plays_against_the_real_binary
ls -l assets/demo.svg
