#!/usr/bin/env bash
# Installs components of a build into an empty folder, and lets strangers build against what is there each way:
# install_test.sh BUILD WAY... (those of strangers.sh), with CC and CXX for its compilers.
set -euo pipefail
build=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for component in library development pictures pictures_development program python plugins; do
  cmake --install "$build" --prefix "$folder/prefix" --component $component >"$folder/log" || { cat "$folder/log" >&2; exit 1; }
done
for way in "$@"; do
  "$(dirname "$0")/strangers.sh" "$way" "$folder/prefix" || { echo "FAILED: $way" >&2; exit 1; }
done
