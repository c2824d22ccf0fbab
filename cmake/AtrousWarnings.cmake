# Warnings for the project's own targets; ATROUS_WERROR (on in CI) makes them errors.
add_library(atrous_warnings INTERFACE)
target_compile_options(atrous_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(ATROUS_WERROR)
  target_compile_options(atrous_warnings INTERFACE -Werror)
endif()
