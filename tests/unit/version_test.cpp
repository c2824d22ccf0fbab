// One version: that of the headers, of what is linked, and of CMake's project.
#include <string>

#include <atrous/version.hpp>

#include "catch.hpp"

TEST_CASE("headers, library and project are of one version") {
  CHECK(atrous::version() == ATROUS_VERSION);
  CHECK(atrous::version() == ATROUS_PROJECT_VERSION);
  const std::string numbers = std::to_string(ATROUS_VERSION_MAJOR) + "." + std::to_string(ATROUS_VERSION_MINOR) + "." +
                              std::to_string(ATROUS_VERSION_PATCH);
  CHECK(atrous::version() == numbers);
  CHECK(ATROUS_VERSION_NUMBER == 10000 * ATROUS_VERSION_MAJOR + 100 * ATROUS_VERSION_MINOR + ATROUS_VERSION_PATCH);
}
