# atrous_python_test(NAME SCRIPT [ARGUMENT...]): a test written in Python, run by the system's own, where python3-torch and
# python3-numpy live. A script that lacks a package exits with 77 and shows as skipped, as does one that leaves out a part and
# finds nothing wrong in the rest (unittest then says so in its last line), and all without a Python. The environment names
# the folder of golden cases and, where it is built, the program: ATROUS_GOLDEN_DIR, ATROUS.
set(ATROUS_SYSTEM_PYTHON /usr/bin/python3)

function(atrous_python_test name script)
  if(EXISTS ${ATROUS_SYSTEM_PYTHON})
    add_test(NAME ${name} COMMAND ${ATROUS_SYSTEM_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARGN})
  else()
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: no ${ATROUS_SYSTEM_PYTHON} to run ${script}")
  endif()
  set(environment "ATROUS_GOLDEN_DIR=${ATROUS_GOLDEN_DIR}")
  if(TARGET atrous_cli)
    list(APPEND environment "ATROUS=$<TARGET_FILE:atrous_cli>")
  endif()
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT "${environment}"
    SKIP_REGULAR_EXPRESSION "SKIPPED: no ${ATROUS_SYSTEM_PYTHON};(OK|NO TESTS RAN) \\(skipped=")
endfunction()
