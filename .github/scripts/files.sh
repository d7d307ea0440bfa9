#!/usr/bin/env bash
# Writes what packages install beside the program: files.sh PROGRAM DIRECTORY
set -euo pipefail
program=$1 directory=$2

mkdir -p "$directory"
"$program" man --all "$directory/man"
"$program" completions --all "$directory/completions"
