#include "network/fir.hpp"

#include <algorithm>

namespace atrous::network {
namespace {

constexpr int growth = 16;             // from one level's partitions to the next's
constexpr int largest = 16384;         // samples of a partition: larger ones make a block wait for their FFT
constexpr int shortest_by_fft = 192;   // taps. Measured: FFT is as fast as direct at 170 (AVX2) to 256 (AVX-512)
constexpr int fewest_partitions = 32;  // of the size before that are worth a level of their own

// The taps of lags [first, first + count) as spectra; those beyond the last tap are zeros.
FirLevel make_level(const std::vector<double>& newest_first, int size, int delay, int partitions) {
  FirLevel level;
  level.size = size;
  level.delay = delay;
  level.partitions = partitions;
  level.fft = std::make_shared<const dsp::RealFft>(2 * size);
  level.spectra.resize(static_cast<std::size_t>(2) * size * partitions);
  AlignedFloats time(static_cast<std::size_t>(2) * size);
  std::vector<std::complex<float>> bins(static_cast<std::size_t>(size) + 1);
  std::size_t lag = static_cast<std::size_t>(delay + 1) * size;
  for (int p = 0; p < partitions; ++p) {
    for (int i = 0; i < size; ++i, ++lag) {
      time[i] = lag < newest_first.size() ? static_cast<float>(newest_first[lag] / (2.0 * size)) : 0.0f;
    }
    level.fft->forward(time.data(), bins.data());
    pack_spectrum(bins.data(), size, partitions, level.spectra.data() + p * 2 * kernels::spectrum_group);
  }
  return level;
}

}  // namespace

FirPlan make_fir(const std::vector<double>& taps, double bias, model::Implementation implementation) {
  const std::vector<double> newest_first(taps.rbegin(), taps.rend());
  const int count = static_cast<int>(taps.size());
  const bool long_enough = implementation == model::Implementation::fft || count >= shortest_by_fft;
  const bool by_fft = dsp::fft_available() && implementation != model::Implementation::direct && long_enough;
  FirPlan plan;
  plan.bias = static_cast<float>(bias);
  const int direct = by_fft ? std::min(count, fir_partition) : count;
  plan.direct.assign(taps.end() - direct, taps.end());
  int delay = 0;
  for (int size = fir_partition, lag = direct; lag < count; size *= growth, delay = 1) {
    const int next = 2 * size * growth;  // where the next level may start
    const bool last = size == largest || count - next < fewest_partitions * size;
    const int end = last ? count : next;
    plan.levels.push_back(make_level(newest_first, size, delay, (end - lag + size - 1) / size));
    lag = end;
  }
  return plan;
}

void pack_spectrum(const std::complex<float>* bins, int size, int partitions, float* place) {
  for (int group = 0; group < size; group += kernels::spectrum_group) {
    for (int i = 0; i < kernels::spectrum_group; ++i) {
      place[i] = bins[group + i].real();
      place[kernels::spectrum_group + i] = bins[group + i].imag();
    }
    if (group == 0) place[kernels::spectrum_group] = bins[size].real();
    place += static_cast<std::ptrdiff_t>(partitions) * 2 * kernels::spectrum_group;
  }
}

void unpack_spectrum(const float* groups, int size, std::complex<float>* bins) {
  const float half_rate = groups[kernels::spectrum_group];
  for (int group = 0; group < size; group += kernels::spectrum_group) {
    for (int i = 0; i < kernels::spectrum_group; ++i) {
      bins[group + i] = {groups[i], groups[kernels::spectrum_group + i]};
    }
    groups += std::ptrdiff_t{2} * kernels::spectrum_group;
  }
  bins[0] = {bins[0].real(), 0.0f};
  bins[size] = {half_rate, 0.0f};
}

}  // namespace atrous::network
