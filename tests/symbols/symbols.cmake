# One exported symbol per kernel object: its table. Weak and unique symbols count, for the linker shares those between
# objects, and so between instruction sets (docs/adr/0001-kernel-dispatch.md).
# Run as: cmake -D NM=<nm> -D OBJECTS=<object;...> -P symbols.cmake
cmake_minimum_required(VERSION 3.25)
if(NOT OBJECTS)
  message(FATAL_ERROR "symbols: no objects given")
endif()
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} --defined-only --extern-only --demangle ${object}
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX MATCHALL "[^\n]+" lines "${symbols}")
  list(LENGTH lines count)
  if(NOT count EQUAL 1 OR NOT lines MATCHES "table")
    message(FATAL_ERROR "symbols: ${object} should export its table alone, but exports ${count} symbols:\n${symbols}")
  endif()
  message(STATUS "${object}: ${lines}")
endforeach()
