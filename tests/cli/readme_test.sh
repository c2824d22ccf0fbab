#!/usr/bin/env bash
# The first C++ block of README.md is samples/embed_effect.cpp, of at most 20 lines, and its C block is of
# samples/pipe_effect.c: readme_test.sh SOURCE_DIR
set -euo pipefail
cd "$1"
block=$(awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' README.md)
diff <(echo "$block") samples/embed_effect.cpp
[[ $(<samples/pipe_effect.c) == *"$(awk '/^```c$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' README.md)"* ]]
[[ $(wc -l <samples/embed_effect.cpp) -le 20 ]]
