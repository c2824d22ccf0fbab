#!/usr/bin/env bash
# Builds README.md's program with README.md's CMake lines, word for word, in a folder that holds nothing else, and runs it:
# embed_test.sh SOURCE_DIR BUILD_DIR ATROUS CMAKE-ARGUMENT...
#
# A whole build of the library takes minutes. So the outer project is configured and compiles its own file as it is, and links
# by its own command; but the archives of the library are those of BUILD_DIR. ATROUS_EMBED_WHOLE=1 builds them as well.
set -euo pipefail
source=$1 build=$2 atrous=$3
shift 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# block LANGUAGE: the first block of README.md in that language.
block() { awk -v start="^\`\`\`$1\$" '$0 ~ start { inside = 1; next } /^```$/ { if (inside) exit } inside' "$source/README.md"; }

# holds WHAT COMMAND...
holds() {
  local what=$1
  shift
  "$@" || { echo "FAILED: $what: $*" >&2; exit 1; }
}

block cmake >CMakeLists.txt
block cpp >mine.cpp
ln -s "$source" atrous
cmake -G Ninja -S . -B out "$@" >log || { cat log; exit 1; }
ninja -C out -t commands mine >commands

holds 'nothing but the program is linked' [ "$(ninja -C out -t targets all | grep -c 'EXECUTABLE_LINKER')" = 1 ]
holds 'no tests join' [ "$(ctest --test-dir out -N | awk '/^Total Tests:/ { print $3 }')" = 0 ]
holds 'the user sets the build type' grep -q '^CMAKE_BUILD_TYPE:STRING=$' out/CMakeCache.txt
own=$(grep ' -c .*/mine\.cpp' commands)
holds 'include/ is the only folder of headers' [ "$(grep -o -- '-I *[^ ]*' <<<"$own" | sort -u)" = "-I$folder/atrous/include" ]
holds 'no definitions' [ -z "$(grep -o -- '-D *[^ ]*' <<<"$own")" ]
holds 'the engine is optimised' grep -q -- ' -O2 .*src/run/effect\.cpp' commands

if [ "${ATROUS_EMBED_WHOLE:-0}" = 1 ]; then
  cmake --build out >log || { cat log; exit 1; }
else
  cmake --build out --target CMakeFiles/mine.dir/mine.cpp.o >log || { cat log; exit 1; }
  cp "$build"/libatrous_*.a out/atrous/
  (cd out && eval "$(tail -n 1 ../commands)")
fi

out/mine "$source/models/amp.nam" "$source/samples/guitar.wav" mine.wav
"$atrous" process "$source/models/amp.nam" "$source/samples/guitar.wav" theirs.wav >log
holds 'it sounds as atrous process does' cmp mine.wav theirs.wav
