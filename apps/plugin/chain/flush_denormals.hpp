// Numbers too small to be normal count as 0 while one of these lives: decaying filters would make them, and they are
// slow.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include <cstdint>

namespace plugin {

class FlushDenormals {
 public:
  FlushDenormals() noexcept : before_(read()) { write(before_ | bits); }
  ~FlushDenormals() { write(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  using Register = unsigned;
  static constexpr Register bits = 0x8040;  // flush to zero, denormals are zero
  static Register read() noexcept {
    return _mm_getcsr();
  }
  static void write(Register value) noexcept {
    _mm_setcsr(value);
  }
#elif defined(__aarch64__)
  using Register = std::uint64_t;
  static constexpr Register bits = 1 << 24;
  static Register read() noexcept {
    Register value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(Register value) noexcept {
    __asm__ volatile("msr fpcr, %0" : : "r"(value));
  }
#else
  using Register = unsigned;
  static constexpr Register bits = 0;
  static Register read() noexcept {
    return 0;
  }
  static void write(Register) noexcept {}
#endif

  Register before_;
};

}  // namespace plugin
