// A filter of one row as it runs. The newest taps run directly; the older ones by FFT, in levels of partitions of
// growing size (64, 1024, 16384 samples), so that nothing waits for samples to come: a partition is heard one period or
// two after its samples are complete, and no later than its taps want it.
//
//   lag       0        64                  2048                          32768
//             | direct | 31 partitions     | 30 partitions of 1024       | of 16384 …
//
// Periods are counted from the stream's first sample, so what is summed does not depend on how a host cuts blocks.
#pragma once

#include <memory>
#include <vector>

#include "dsp/fft.hpp"
#include "model/config.hpp"
#include "network/product.hpp"

namespace atrous::network {

struct FirLevel {
  int size = 0;           // samples of a partition and of a period, and bins of a spectrum
  int delay = 0;          // periods that the products may take: 0 for the first level, then 1
  int partitions = 0;     // lags from (delay + 1) · size on
  AlignedFloats spectra;  // of the taps, over 2 · size: [groups][partitions][re | im] (kernels::SpectraArgs)
  std::shared_ptr<const dsp::RealFft> fft;  // of 2 · size

  int groups() const noexcept { return size / kernels::spectrum_group; }
};

struct FirPlan {
  float bias = 0;
  AlignedFloats direct;  // the newest taps, from the oldest to the newest
  std::vector<FirLevel> levels;
};

inline constexpr int fir_partition = 64;  // samples of the smallest

// `taps` from the oldest to the newest.
FirPlan make_fir(const std::vector<double>& taps, double bias, model::Implementation implementation);

// Half of what FFTW makes of 2 · size real samples, [size + 1], into one of `partitions` places of a spectrum, and
// back.
void pack_spectrum(const std::complex<float>* bins, int size, int partitions, float* place);
void unpack_spectrum(const float* groups, int size, std::complex<float>* bins);

}  // namespace atrous::network
