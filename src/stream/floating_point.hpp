// The floating-point state that the engine runs in: round to nearest, no traps, denormals read and written as zero.
// Queues that decay towards silence would otherwise fill with denormals, which cost a hundred times a normal number.
#pragma once

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

#include "kernels/denormals.hpp"

namespace atrous::stream {

// The smallest magnitude with which a sample enters; below, it is zero.
inline constexpr float smallest_signal = kernels::least;

// Sets the state, and restores the caller's at the end of the scope. Real-time safe.
class FloatingPointScope {
 public:
  FloatingPointScope() noexcept : saved_(get()) { set(engine_state); }
  ~FloatingPointScope() { set(saved_); }
  FloatingPointScope(const FloatingPointScope&) = delete;
  FloatingPointScope& operator=(const FloatingPointScope&) = delete;

 private:
#if defined(__SSE2__) || defined(_M_X64)
  using Register = unsigned int;
  static constexpr Register engine_state = 0x9fc0;  // MXCSR: flush to zero, denormals are zero, all exceptions masked
  static Register get() noexcept {
    return _mm_getcsr();
  }
  static void set(Register state) noexcept {
    _mm_setcsr(state);
  }
#elif defined(__aarch64__)
  using Register = std::uint64_t;
  static constexpr Register engine_state = 1u << 24;  // FPCR: flush to zero
  static Register get() noexcept {
    Register state;
    asm volatile("mrs %0, fpcr" : "=r"(state));
    return state;
  }
  static void set(Register state) noexcept {
    asm volatile("msr fpcr, %0" : : "r"(state));
  }
#else
  using Register = int;
  static constexpr Register engine_state = 0;
  static Register get() noexcept {
    return 0;
  }
  static void set(Register) noexcept {}
#endif

  Register saved_;
};

}  // namespace atrous::stream
