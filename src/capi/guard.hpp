// Where C++ ends: exceptions become a status and a message, pointers are checked, and structs of any age are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <atrous/atrous.h>
#include <atrous/error.hpp>

namespace atrous::capi {

// Keeps the message for this thread.
atrous_status failed(atrous_status status, const char* message) noexcept;
atrous_status status_of(ErrorCode code) noexcept;

// Runs what may throw.
template <class Work>
atrous_status guarded(const Work& work) noexcept {
  try {
    work();
    return ATROUS_OK;
  } catch (const Error& error) {
    return failed(status_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return failed(ATROUS_ERROR_MEMORY, "no more memory");
  } catch (const std::exception& error) {
    return failed(ATROUS_ERROR_INTERNAL, error.what());
  } catch (...) {
    return failed(ATROUS_ERROR_INTERNAL, "an exception of an unknown type");
  }
}

[[noreturn]] inline void refuse(const std::string& message) {
  throw Error(ErrorCode::argument, message);
}

inline void need(const void* pointer, const char* name) {
  if (!pointer) refuse(std::string(name) + " is NULL");
}

// Runs what creates a handle, which is NULL where it fails.
template <class Handle, class Make>
atrous_status created(Handle** handle, const char* name, const Make& make) noexcept {
  if (handle) *handle = nullptr;
  return guarded([&] {
    need(handle, name);
    *handle = make();
  });
}

template <class T>
std::span<T> span_of(T* values, std::size_t count, const char* name) {
  if (count > 0) need(values, name);
  return {values, count};
}

// (frames, bins), of the bins that a network reads
inline std::span<const float> frames_of(const float* values, std::size_t frames, std::size_t bins,
                                        std::size_t expected) {
  if (expected > 0 && bins != expected) {
    refuse("features of " + std::to_string(bins) + " bins, expected " + std::to_string(expected));
  }
  if (bins > 0 && frames > PTRDIFF_MAX / sizeof(float) / bins) refuse("more features than there is memory");
  return span_of(values, frames * bins, "values");
}

// How much of a struct its owner knows. A struct grows at its end, never into padding.
template <class T>
std::size_t known_size(std::size_t size, const char* name) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (size < sizeof(std::size_t) || size % alignof(T) != 0) {
    refuse(std::string(name) + ".struct_size is " + std::to_string(size) + ", expected sizeof(" + name + ")");
  }
  if (size > sizeof(T)) {
    throw Error(ErrorCode::unsupported, std::string(name) + ".struct_size is " + std::to_string(size) +
                                            ", but this library knows " + std::to_string(sizeof(T)) +
                                            " bytes: it is older than the program");
  }
  return size;
}

// The caller's options over the defaults.
template <class T>
T options_of(const T* given, T options, const char* name) {
  if (!given) return options;
  std::memcpy(&options, given, known_size<T>(given->struct_size, name));
  return options;
}

// Facts for a caller, as far as it knows them.
template <class T>
void give(T* to, const T& facts, const char* name) {
  need(to, name);
  const std::size_t size = known_size<T>(to->struct_size, name);
  std::memcpy(to, &facts, size);
  to->struct_size = size;
}

// The line of that index, or NULL behind the last.
inline const char* line(const std::vector<std::string>& lines, std::size_t index) noexcept {
  return index < lines.size() ? lines[index].c_str() : nullptr;
}

}  // namespace atrous::capi
