#!/bin/sh
# Runs a test of the package for browsers by Node's own runner; SKIPPED, which ctest shows, where what it needs is absent.
# Usage: run.sh TEST.mjs [browser]
cd "$(dirname "$0")" || exit 1
skip() { echo "SKIPPED: $1"; exit 77; }
[ -f "$ATROUS_WEB_PACKAGE/simd.wasm" ] || skip "no package for browsers (./web builds it)"
command -v node >/dev/null || skip "no Node"
[ "$(node -p 'parseInt(process.versions.node)')" -ge 18 ] || skip "a Node older than 18"
if [ "${2-}" = browser ]; then
  reason=$(node -e 'import("./browser.mjs").then(({ missing }) => console.log(missing() ?? ""))')
  [ -z "$reason" ] || skip "$reason"
fi
exec node --test "$1"
