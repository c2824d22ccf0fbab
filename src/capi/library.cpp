// The library itself: version, errors, instruction sets.
#include <cstdio>

#include <atrous/network.hpp>
#include <atrous/version.hpp>

#include "capi/guard.hpp"

namespace atrous::capi {
namespace {

thread_local char last_message[2048] = "";  // no memory is needed to say that there is none

}  // namespace

atrous_status failed(atrous_status status, const char* message) noexcept {
  std::snprintf(last_message, sizeof(last_message), "%s", message);
  return status;
}

atrous_status status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::io:
      return ATROUS_ERROR_IO;
    case ErrorCode::format:
      return ATROUS_ERROR_FORMAT;
    case ErrorCode::invalid:
      return ATROUS_ERROR_INVALID;
    case ErrorCode::unsupported:
      return ATROUS_ERROR_UNSUPPORTED;
    case ErrorCode::argument:
      return ATROUS_ERROR_ARGUMENT;
  }
  return ATROUS_ERROR_INTERNAL;
}

}  // namespace atrous::capi

const char* atrous_version(void) {
  return atrous::version().data();
}

const char* atrous_status_name(atrous_status status) {
  switch (status) {
    case ATROUS_OK:
      return "ok";
    case ATROUS_ERROR_IO:
      return "io";
    case ATROUS_ERROR_FORMAT:
      return "format";
    case ATROUS_ERROR_INVALID:
      return "invalid";
    case ATROUS_ERROR_UNSUPPORTED:
      return "unsupported";
    case ATROUS_ERROR_ARGUMENT:
      return "argument";
    case ATROUS_ERROR_MEMORY:
      return "memory";
    case ATROUS_ERROR_INTERNAL:
      return "internal";
  }
  return "unknown";
}

const char* atrous_error_message(void) {
  return atrous::capi::last_message;
}

const char* atrous_isa(size_t index) {
  const char* name = nullptr;
  atrous::capi::guarded([&] {
    const std::vector<atrous::Isa> isas = atrous::available_isas();
    if (index < isas.size()) name = atrous::isa_name(isas[index]).data();
  });
  return name;
}
