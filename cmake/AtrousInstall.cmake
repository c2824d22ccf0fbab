# What `cmake --install` installs: all layers as one library, shared and static, the public headers, what CMake and
# pkg-config find them by, the same of the library that draws pictures, and the program with its man page and completions.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The libraries are made of the objects that the layers compile anyway.
set(objects)
foreach(layer IN LISTS ATROUS_LAYERS)
  list(APPEND objects $<TARGET_OBJECTS:atrous_${layer}>)
endforeach()
foreach(isa IN LISTS ATROUS_KERNEL_NAMES)
  list(APPEND objects $<TARGET_OBJECTS:atrous_kernel_${isa}>)
endforeach()

set(requirements sndfile soxr speexdsp minizip)
if(ATROUS_FFTW)
  list(APPEND requirements fftw3f)
endif()
list(JOIN requirements " " ATROUS_REQUIRED)
list(TRANSFORM requirements TOUPPER OUTPUT_VARIABLE linked)
list(TRANSFORM linked PREPEND PkgConfig::)

set(ATROUS_KINDS shared static CACHE STRING "Which libraries are built to be installed: the first is what find_package gives by itself")

# atrous_installed(TARGET KIND OUTPUT EXPORT RUN COMPONENT ... BUILD COMPONENT ...): a library, shared or static, that is
# installed under the name OUTPUT, and what CMake finds it by, atrous-EXPORT.cmake: for those who run and who build programs.
function(atrous_installed target kind output export)
  cmake_parse_arguments(PARSE_ARGV 4 for "" "" "RUN;BUILD")
  list(GET for_BUILD 1 development)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output} LINKER_LANGUAGE CXX
    ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/static)
  string(REPLACE - _ name ${export})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT atrous-${export} ARCHIVE ${for_BUILD} LIBRARY ${for_RUN} NAMELINK_COMPONENT ${development})
  install(EXPORT atrous-${export} NAMESPACE atrous:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/atrous ${for_BUILD})
  if(NOT kind STREQUAL "shared")
    return()
  endif()
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)  # 0: any version may break what is linked
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # What the standard library's templates leave behind is nobody's interface.
    set(symbols ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/atrous.map)
    target_link_options(${target} PRIVATE -Wl,--version-script=${symbols})
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${symbols})
  endif()
endfunction()

foreach(kind IN LISTS ATROUS_KINDS)
  string(TOUPPER ${kind} type)
  add_library(atrous_${kind} ${type} ${objects})
  target_compile_features(atrous_${kind} INTERFACE cxx_std_20)
  target_link_libraries(atrous_${kind} PRIVATE ${linked} Threads::Threads)
  target_include_directories(atrous_${kind} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  atrous_installed(atrous_${kind} ${kind} atrous ${kind} RUN COMPONENT library BUILD COMPONENT development)
  if(ATROUS_PICTURES)
    add_library(atrous_pictures_${kind} ${type} $<TARGET_OBJECTS:atrous_pictures>)
    target_link_libraries(atrous_pictures_${kind} PUBLIC atrous_${kind} PRIVATE PkgConfig::CAIRO)
    atrous_installed(atrous_pictures_${kind} ${kind} atrous_pictures pictures-${kind}
      RUN COMPONENT pictures BUILD COMPONENT pictures_development)
  endif()
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/atrous DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  PATTERN pictures.hpp EXCLUDE)
if(ATROUS_PICTURES)
  install(FILES ${PROJECT_SOURCE_DIR}/include/atrous/pictures.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/atrous
    COMPONENT pictures_development)
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/atrous-config.cmake.in ${CMAKE_BINARY_DIR}/atrous-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/atrous NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/atrous-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/atrous-config.cmake ${CMAKE_BINARY_DIR}/atrous-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/atrous COMPONENT development)

file(RELATIVE_PATH ATROUS_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)  # wherever it is moved
configure_file(${CMAKE_CURRENT_LIST_DIR}/atrous.pc.in ${CMAKE_BINARY_DIR}/atrous.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/atrous.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
if(ATROUS_PICTURES)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/atrous-pictures.pc.in ${CMAKE_BINARY_DIR}/atrous-pictures.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/atrous-pictures.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT pictures_development)
endif()

if(ATROUS_APPS AND NOT CMAKE_CROSSCOMPILING)
  install(TARGETS atrous_cli COMPONENT program)
  set(share ${CMAKE_INSTALL_DATADIR})
  foreach(page "man|atrous.1|${CMAKE_INSTALL_MANDIR}/man1" "bash|atrous|${share}/bash-completion/completions"
          "zsh|_atrous|${share}/zsh/vendor-completions" "fish|atrous.fish|${share}/fish/vendor_completions.d")
    string(REPLACE "|" ";" page ${page})
    list(GET page 0 kind)
    list(GET page 1 name)
    list(GET page 2 folder)
    set(file ${CMAKE_BINARY_DIR}/manual/${kind}/${name})
    add_custom_command(OUTPUT ${file} COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/manual/${kind}
      COMMAND atrous_cli --manual ${kind} > ${file} DEPENDS atrous_cli)
    list(APPEND pages ${file})
    install(FILES ${file} DESTINATION ${folder} COMPONENT program)
  endforeach()
  add_custom_target(atrous_manual ALL DEPENDS ${pages})
endif()
