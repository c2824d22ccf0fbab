#include "profiling/peaks.hpp"

#include <unistd.h>

namespace atrous::profiling {
namespace {

// Beyond the first level and inside any second one; beyond any second one and inside any third.
constexpr std::size_t l2_floats = std::size_t{384} * 1024 / sizeof(float);
constexpr std::size_t l3_floats = std::size_t{8} * 1024 * 1024 / sizeof(float);
constexpr long spin_rounds = 20000;

double gbytes_per_second(const network::AlignedFloats& buffer, const Timed& timed) {
  return double(buffer.size() * sizeof(float)) / timed.median() * 1e-9;
}

}  // namespace

Peaks::Peaks(const kernels::Kernels& kernels, double seconds_each)
    : kernels_(kernels), in_l2_(l2_floats, 1.0f), in_l3_(l3_floats, 1.0f) {
  fma = {[this] { operations_ = kernels_.spin_fma(spin_rounds); }, seconds_each};
  l2 = reading(in_l2_, seconds_each);
  l3 = reading(in_l3_, seconds_each);
}

Timed Peaks::reading(const network::AlignedFloats& buffer, double seconds) const {
  return {[this, &buffer] {
            volatile float keep = kernels_.read_all(buffer.data(), buffer.size());
            static_cast<void>(keep);
          },
          seconds};
}

MachinePeaks Peaks::result() const {
  return {operations_ / fma.median() * 1e-9, gbytes_per_second(in_l2_, l2), gbytes_per_second(in_l3_, l3)};
}

int cache_level(std::int64_t bytes) {
  std::int64_t l2 = std::int64_t{1} << 20;
#ifdef _SC_LEVEL2_CACHE_SIZE
  if (const long size = sysconf(_SC_LEVEL2_CACHE_SIZE); size > 0) l2 = size;
#endif
  return bytes <= l2 ? 2 : 3;
}

}  // namespace atrous::profiling
