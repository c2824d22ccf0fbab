# Warnings for the project's own targets; ATROUS_WERROR (on in CI) makes them errors.
add_library(atrous_warnings INTERFACE)
if(MSVC)
  target_compile_options(atrous_warnings INTERFACE /W4)
else()
  target_compile_options(atrous_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(atrous_warnings INTERFACE -Wno-restrict)  # g++ 12 invents overlaps in "text" + std::string
endif()
if(ATROUS_WERROR)
  target_compile_options(atrous_warnings INTERFACE $<IF:$<BOOL:${MSVC}>,/WX,-Werror>)
endif()
