#!/usr/bin/env bash
# Installs a build into an empty folder and builds strangers' projects against it, from elsewhere, each way: CMake with the
# shared and with the static library, pkg-config with both, and C. install_test.sh SOURCE BUILD CXX CC
set -euo pipefail
source=$1 build=$2 cxx=$3 cc=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix
mkdir "$folder/stranger" && cd "$folder/stranger"

# says WHAT COMMAND...: fails with all that the command said.
says() {
  local what=$1
  shift
  "$@" >../log 2>&1 || { echo "FAILED: $what: $*" >&2; cat ../log >&2; exit 1; }
}

for component in library development program; do
  says "installing $component" cmake --install "$build" --prefix "$prefix" --component $component
done
library=$(dirname "$(find "$prefix" -name libatrous.so)")
version=$("$prefix/bin/atrous" --version | cut -d ' ' -f 2)

cp "$source/samples/embed_effect.cpp" effect.cpp
cp "$source/samples/pipe_effect.c" pipe.c
"$prefix/bin/atrous" process "$source/models/amp.nam" "$source/samples/guitar.wav" ../expected.wav >../log
renders() {
  says "$1 runs" env LD_LIBRARY_PATH="$library" "$2" "$source/models/amp.nam" "$source/samples/guitar.wav" out.wav
  says "$1 sounds as atrous process does" cmp out.wav ../expected.wav
}

for kind in shared static; do
  rm -rf project && mkdir project && cp effect.cpp project
  cat >project/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(stranger CXX)
find_package(atrous $version CONFIG REQUIRED COMPONENTS $kind)
add_executable(effect effect.cpp)
target_link_libraries(effect PRIVATE atrous::atrous)
END
  says "configuring with CMake, $kind" cmake -G Ninja -S project -B project/out -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx"
  says "building with CMake, $kind" cmake --build project/out
  renders "CMake, $kind" project/out/effect
done

# A program in C, with CMake: the shared library as it is, the static one linked as C++.
for kind in shared static; do
  rm -rf project && mkdir project && cp pipe.c project
  cat >project/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(stranger C)
find_package(atrous CONFIG REQUIRED COMPONENTS $kind)
add_executable(pipe pipe.c)
target_link_libraries(pipe PRIVATE atrous::atrous)
END
  configure=(cmake -G Ninja -S project -B project/out -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx")
  if [ $kind = static ]; then
    if "${configure[@]}" >../log 2>&1 || ! grep -q 'expected CXX' ../log; then
      echo "FAILED: nothing says that C++ is needed: $(<../log)" >&2
      exit 1
    fi
    sed -i 's/stranger C/stranger C CXX/' project/CMakeLists.txt
  fi
  says "configuring C with CMake, $kind" "${configure[@]}"
  says "building C with CMake, $kind" cmake --build project/out
done
sed -i 's/COMPONENTS static/COMPONENTS spare/' project/CMakeLists.txt
if cmake -G Ninja -S project -B project/none -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" >../log 2>&1; then
  echo "FAILED: a component that is none was found" >&2
  exit 1
fi
grep -q "no component 'spare'" ../log || { cat ../log >&2; exit 1; }

export PKG_CONFIG_PATH=$library/pkgconfig
[ "$(pkg-config --modversion atrous)" = "$version" ] || { echo "FAILED: pkg-config says another version" >&2; exit 1; }
read -ra flags <<<"$(pkg-config --cflags --libs atrous)"
says 'pkg-config, shared' "$cxx" -std=c++20 effect.cpp "${flags[@]}" -o effect
renders 'pkg-config, shared' ./effect
# Not --static, which asks for the archives of everything below libsndfile as well.
requires=$(pkg-config --print-requires-private atrous | tr '\n' ' ')
read -ra flags <<<"$(pkg-config --cflags atrous) $library/libatrous.a $(pkg-config --libs $requires) -pthread"
says 'pkg-config, static' "$cxx" -std=c++20 effect.cpp "${flags[@]}" -o effect
renders 'pkg-config, static' ./effect

read -ra flags <<<"$(pkg-config --cflags --libs atrous)"
says 'C' "$cc" -std=c99 -pedantic -Wall -Werror pipe.c "${flags[@]}" -o pipe
head -c 40000 /dev/zero >zeros
says 'C runs' env LD_LIBRARY_PATH="$library" sh -c './pipe "$1" 48000 <zeros >sound' sh "$source/models/amp.nam"
[ "$(wc -c <sound)" = 40000 ] || { echo "FAILED: C: expected as many samples as came" >&2; exit 1; }

for file in share/man/man1/atrous.1 share/bash-completion/completions/atrous share/zsh/vendor-completions/_atrous \
  share/fish/vendor_completions.d/atrous.fish; do
  grep -q spectrogram "$prefix/$file" || { echo "FAILED: $file names no command" >&2; exit 1; }
done
says 'the completion is bash' bash -n "$prefix/share/bash-completion/completions/atrous"
