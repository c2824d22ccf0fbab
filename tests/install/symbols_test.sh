#!/usr/bin/env bash
# The names that the shared library shows are those of symbols.txt: symbols_test.sh NM LIBRARY LIST
# Where the interface has changed, the left side of the difference goes, and the right side comes.
set -euo pipefail
"$1" --dynamic --defined-only --format=posix "$2" | cut -d ' ' -f 1 | c++filt | LC_ALL=C sort -u | diff "$3" -
