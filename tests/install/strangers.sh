#!/usr/bin/env bash
# Programs of strangers, which know of the sources nothing but samples/, are built against an Atrous that is installed, from
# elsewhere, and sound as its command line does: strangers.sh WAY PREFIX, with CC and CXX for other compilers than gcc and g++.
# WAY: cmake-shared, cmake-static, cmake-c, pkg-config, pkg-config-static, c, pictures-cmake, pictures-pkg-config, python,
# plugins (for hosts), or manual (what belongs to the program).
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
way=$1 prefix=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# says WHAT COMMAND...: fails with all that the command said.
says() {
  local what=$1
  shift
  "$@" >log 2>&1 || { echo "FAILED: $what: $*" >&2; cat log >&2; exit 1; }
}

model=$source/models/amp.nam sound=$source/samples/guitar.wav
library=$(dirname "$(find "$prefix"/lib* -name libatrous.so.0 -print -quit 2>log)")
export PKG_CONFIG_PATH=$library/pkgconfig LD_LIBRARY_PATH=$library
version=$("$prefix/bin/atrous" --version | cut -d ' ' -f 2)

# sounds PROGRAM...: it plays MODEL IN OUT as the command line does, byte for byte.
sounds() {
  says 'atrous process runs' "$prefix/bin/atrous" process "$model" "$sound" expected.wav
  says "$1 runs" "$@" "$model" "$sound" out.wav
  says "$1 sounds as atrous process does" cmp out.wav expected.wav
}

# project LANGUAGES COMPONENTS SAMPLE [TARGET]: one of CMake's, configured; `build` is the same, built.
project() {
  local file=$3
  [[ $file == /* ]] || file=$source/samples/$file
  rm -rf project out && mkdir project
  cat >project/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(stranger $1)
find_package(atrous $version CONFIG REQUIRED COMPONENTS $2)
add_executable(program $file)
target_link_libraries(program PRIVATE ${4:-atrous::atrous})
END
  cmake -G Ninja -S project -B out -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="${CC:-gcc}" -DCMAKE_CXX_COMPILER="${CXX:-g++}"
}

build() { project "$@" && cmake --build out; }

# refuses WORDS PROJECT...: it cannot be configured, and the error says why.
refuses() {
  local words=$1
  shift
  if project "$@" >log 2>&1 || ! grep -q "$words" log; then
    echo "FAILED: no error says \"$words\": $(<log)" >&2
    exit 1
  fi
}

# A program in C keeps the length of what it is given.
keeps_length() {
  head -c 40000 /dev/zero >zeros
  says "$1 runs" sh -c '"$1" "$2" 48000 <zeros >sound' sh "$1" "$model"
  [ "$(wc -c <sound)" = 40000 ] || { echo "FAILED: $1: expected as many samples as came" >&2; exit 1; }
}

# The library of pictures, which is one of its own: a program that draws as the command line does, and libraries that do not.
write_drawing() {
  cat >draw.cpp <<'END'
#include <atrous/pictures.hpp>
int main(int, char** argv) {
  atrous::AudioReader sound(argv[1], true);
  atrous::write_spectrogram(sound, argv[2], {.title = "Ä"});
}
END
}
draws() {
  says 'atrous spectrogram runs' "$prefix/bin/atrous" spectrogram "$sound" expected.png --title Ä
  says "$1 runs" "$1" "$sound" out.png
  says "$1 draws as atrous spectrogram does" cmp out.png expected.png
}
needs_cairo() { [[ $(ldd "$1") == *libcairo* ]]; }  # all of it read: a closed pipe would be an error

flags() {
  [ "$(pkg-config --modversion atrous)" = "$version" ] || { echo "FAILED: pkg-config says another version" >&2; exit 1; }
  pkg-config "$@"
}

case $way in
  cmake-shared)
    says 'CMake' build CXX shared embed_effect.cpp
    sounds out/program
    refuses "no component 'spare'" CXX spare embed_effect.cpp
    ;;
  cmake-static)
    says 'CMake' build CXX static embed_effect.cpp
    sounds out/program
    ;;
  cmake-c)  # the shared library as it is, the static one linked as C++
    says 'CMake' build C shared pipe_effect.c
    keeps_length out/program
    refuses 'expected CXX' C static pipe_effect.c
    says 'CMake' build 'C CXX' static pipe_effect.c
    keeps_length out/program
    ;;
  pkg-config)
    says 'compiling' "${CXX:-g++}" -std=c++20 "$source/samples/embed_effect.cpp" $(flags --cflags --libs atrous) -o effect
    sounds ./effect
    ;;
  pkg-config-static)
    # Not --static, which asks for the archives of everything below libsndfile as well.
    requires=$(flags --print-requires-private atrous)
    says 'compiling' "${CXX:-g++}" -std=c++20 "$source/samples/embed_effect.cpp" $(flags --cflags atrous) "$library/libatrous.a" \
      $(pkg-config --libs $requires) -pthread -o effect
    sounds ./effect
    ;;
  c)
    says 'compiling' "${CC:-gcc}" -std=c99 -pedantic -Wall -Werror "$source/samples/pipe_effect.c" $(flags --cflags --libs atrous) -o pipe
    keeps_length ./pipe
    ;;
  pictures-cmake)
    write_drawing
    for kind in shared static; do
      says "CMake, $kind" build CXX "$kind pictures" "$folder/draw.cpp" atrous::pictures
      draws out/program
    done
    says 'CMake, the first kind' build CXX pictures "$folder/draw.cpp" atrous::pictures
    draws out/program
    says 'CMake, without pictures' build CXX shared embed_effect.cpp
    ! needs_cairo out/program || { echo 'FAILED: a program without pictures is linked to cairo' >&2; exit 1; }
    ! needs_cairo "$library/libatrous.so.0" || { echo 'FAILED: libatrous is linked to cairo' >&2; exit 1; }
    needs_cairo "$library/libatrous_pictures.so.0" || { echo 'FAILED: libatrous_pictures is not linked to cairo' >&2; exit 1; }
    ;;
  pictures-pkg-config)
    write_drawing
    says 'compiling' "${CXX:-g++}" -std=c++20 draw.cpp $(flags --cflags --libs atrous-pictures) -o draw
    draws ./draw
    ;;
  python)
    packages=$(dirname "$(dirname "$(find "$prefix"/lib/python3* -path '*/atrous/__init__.py' -print -quit)")")
    export PYTHONPATH=$packages PYTHONDONTWRITEBYTECODE=1
    # NumPy has no 16 bits, so it writes floats: the command line keeps the format of what comes.
    says 'reading and writing' /usr/bin/python3 -c "import atrous; atrous.write_audio('float.wav', *atrous.read_audio('$sound'))"
    sound=float.wav
    sounds /usr/bin/python3 "$source/samples/embed_effect.py"
    says 'the package has a version' /usr/bin/python3 -c \
      "import atrous; assert atrous.__version__ == '$version' and atrous.__file__.startswith('$packages'), atrous"
    ;;
  plugins)
    for name in atrous-mono atrous-stereo; do
      for file in lib/lv2/$name.lv2/${name}.so lib/vst3/$name.vst3 lib/clap/$name.clap bin/$name; do
        binary=$(find "$prefix/$file" -type f \( -name '*.so' -o ! -path '*.vst3*' \))
        says "$file finds its libraries" sh -c 'libraries=$(ldd "$1") && ! echo "$libraries" | grep "not found"' sh "$binary"
      done
      ! command -v lv2info >log || LV2_PATH=$prefix/lib/lv2 \
        says "hosts of LV2 find $name" sh -c 'lv2info "urn:atrous:effect:$1" | grep "Name: *Atrous"' sh "${name#atrous-}"
    done
    ;;
  manual)
    for file in share/man/man1/atrous.1 share/bash-completion/completions/atrous share/zsh/vendor-completions/_atrous \
      share/fish/vendor_completions.d/atrous.fish; do
      found=$(ls "$prefix/$file" "$prefix/$file.gz" 2>log || true)
      says "$file names a command" sh -c "zcat -f '$found' | grep spectrogram"
    done
    says 'the completion is bash' bash -n "$prefix/share/bash-completion/completions/atrous"
    ;;
  *) echo "strangers.sh: expected a way, found '$way'" >&2; exit 1 ;;
esac
