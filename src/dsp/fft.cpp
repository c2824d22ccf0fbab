#include "dsp/fft.hpp"

#include <bit>
#include <string>

#include <atrous/error.hpp>

namespace atrous::dsp {

void check_fft(int size) {
  if (size >= 2 && size <= max_fft_size) return;
  throw Error(ErrorCode::argument,
              "FFT size " + std::to_string(size) + ", expected 2 to " + std::to_string(max_fft_size));
}

void check_fft(const ComplexFft::Layout& layout) {
  const bool power_of_two = layout.size >= 2 && std::has_single_bit(unsigned(layout.size));
  if (!power_of_two || layout.size > max_complex_fft_size) {
    throw Error(ErrorCode::argument, "FFT size " + std::to_string(layout.size) + ", expected a power of two up to " +
                                         std::to_string(max_complex_fft_size));
  }
  if (layout.count < 1 || layout.in_stride < layout.count || layout.out_stride < layout.count) {
    throw Error(ErrorCode::argument, "FFTs whose points stand in each other's places");
  }
}

}  // namespace atrous::dsp
