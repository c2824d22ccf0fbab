#!/usr/bin/env bash
# The first C++ block of README.md is samples/embed_effect.cpp, of at most 20 lines: readme_test.sh SOURCE_DIR
set -euo pipefail
cd "$1"
block=$(awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' README.md)
diff <(echo "$block") samples/embed_effect.cpp
[[ $(wc -l <samples/embed_effect.cpp) -le 20 ]]
