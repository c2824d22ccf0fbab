// What becomes of C++ exceptions where C begins; those that no file or argument brings about.
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include <atrous/error.hpp>

#include "capi/guard.hpp"
#include "catch.hpp"

using namespace atrous;
using capi::guarded;

TEST_CASE("every exception becomes a status and a message") {
  CHECK(guarded([] {}) == ATROUS_OK);
  CHECK(guarded([] { throw std::bad_alloc(); }) == ATROUS_ERROR_MEMORY);
  CHECK(atrous_error_message() == std::string("no more memory"));
  CHECK(guarded([] { throw std::logic_error("a mistake"); }) == ATROUS_ERROR_INTERNAL);
  CHECK(atrous_error_message() == std::string("a mistake"));
  CHECK(guarded([] { throw 1; }) == ATROUS_ERROR_INTERNAL);
  CHECK(atrous_error_message() == std::string("an exception of an unknown type"));
  CHECK(guarded([] { throw Error(ErrorCode::io, "a file"); }) == ATROUS_ERROR_IO);
  CHECK(guarded([] { throw Error(ErrorCode::format, "a file"); }) == ATROUS_ERROR_FORMAT);
  CHECK(guarded([] { throw Error(ErrorCode::invalid, "a file"); }) == ATROUS_ERROR_INVALID);
  CHECK(guarded([] { throw Error(ErrorCode::unsupported, "a file"); }) == ATROUS_ERROR_UNSUPPORTED);
  CHECK(guarded([] { throw Error(ErrorCode::argument, "a file"); }) == ATROUS_ERROR_ARGUMENT);
  CHECK(atrous_error_message() == std::string("a file"));
  CHECK(guarded([] {}) == ATROUS_OK);  // what went well leaves the message of what did not
  CHECK(atrous_error_message() == std::string("a file"));
}

TEST_CASE("a message belongs to the one of the threads that failed") {
  capi::failed(ATROUS_ERROR_IO, "here");
  std::string there = "?";
  std::thread([&] { there = atrous_error_message(); }).join();
  CHECK(there.empty());
  std::thread([] { capi::failed(ATROUS_ERROR_IO, "there"); }).join();
  CHECK(atrous_error_message() == std::string("here"));
}
