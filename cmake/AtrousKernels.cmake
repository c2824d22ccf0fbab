# src/kernels/kernels.cpp is compiled once per instruction set, each time with that set's flags, into an object that
# exports just its table (docs/adr/0001-kernel-dispatch.md). -O3 and no exceptions even in debug builds: unoptimised
# kernels are too slow to test with, and code that is not inlined would be emitted as weak symbols that the linker may share
# between instruction sets.
set(ATROUS_KERNEL_FLAGS -O3 -falign-functions=64 -falign-loops=64 -fno-exceptions -fno-math-errno -ffp-contract=off -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns about the undefined vectors in its own AVX-512 headers.
  list(APPEND ATROUS_KERNEL_FLAGS -Wno-maybe-uninitialized -Wno-uninitialized)
  # AddressSanitizer's watch over scopes poisons the stack around every vector: it makes kernels 25 times slower.
  list(APPEND ATROUS_KERNEL_FLAGS -fno-sanitize-address-use-after-scope)
  # With the checks of the sanitizers -O3 takes g++ four minutes per instruction set, and -O1 one.
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    list(APPEND ATROUS_KERNEL_FLAGS -O1)
  endif()
endif()
# Clang takes more than ten minutes over the sanitizers' checks in these; the sanitizers see them in builds with g++.
set(ATROUS_KERNELS_CLANG_DOES_NOT_SANITIZE avx512 avx512vnni)

function(atrous_kernel target name)
  set(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
  add_library(atrous_kernel_${name} OBJECT ${root}/src/kernels/kernels.cpp)
  target_include_directories(atrous_kernel_${name} PRIVATE ${root}/include ${root}/src)
  target_compile_definitions(atrous_kernel_${name} PRIVATE ATROUS_KERNELS_${name}
    ATROUS_TABLE=table_${name} ATROUS_KERNELS_NAME="${name}")
  target_compile_options(atrous_kernel_${name} PRIVATE ${ATROUS_KERNEL_FLAGS} ${ARGN})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND name IN_LIST ATROUS_KERNELS_CLANG_DOES_NOT_SANITIZE)
    target_compile_options(atrous_kernel_${name} PRIVATE -fno-sanitize=all)
  endif()
  target_link_libraries(atrous_kernel_${name} PRIVATE xsimd atrous_warnings)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:atrous_kernel_${name}>)
  set(ATROUS_KERNEL_NAMES ${ATROUS_KERNEL_NAMES} ${name} PARENT_SCOPE)
  target_compile_definitions(${target} PRIVATE ATROUS_HAVE_${name})
endfunction()

function(atrous_kernels target)
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/src/kernels/reference.cpp PROPERTIES COMPILE_OPTIONS "-ffp-contract=off")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    atrous_kernel(${target} sse2 -msse2)
    atrous_kernel(${target} avx2 -mavx2 -mfma)
    set(avx512 -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl -mfma)
    atrous_kernel(${target} avx512 ${avx512})
    atrous_kernel(${target} avx512vnni ${avx512} -mavx512vnni)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    atrous_kernel(${target} neon)
  endif()
  set(ATROUS_KERNEL_NAMES ${ATROUS_KERNEL_NAMES} PARENT_SCOPE)
endfunction()
