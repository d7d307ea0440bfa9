#!/usr/bin/env bash
# Prints what the changelog says about a version: news.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/../.."
news=$(awk -v heading="## [$1]" 'index($0, "## ") == 1 { on = index($0, heading) == 1; next } on && !/^\[[^]]*\]: /' CHANGELOG.md)
[ -n "$news" ] || { echo "CHANGELOG.md says nothing about $1" >&2; exit 1; }
printf '%s\n' "$news"
