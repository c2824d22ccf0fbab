// A filter of one row as it runs. The newest taps run directly; the older ones by FFT, in levels of partitions of
// growing size (64, 1024, 16384 samples), so that nothing waits for samples to come: a partition is read two periods
// after its samples are complete, and no later than its taps want it.
//
//   lag       0        128                  2048                          32768
//             | direct | 30 partitions      | 30 partitions of 1024       | of 16384 …
//
// The period in between is for the work: the spectrum of what was read, the products and the way back are cut into
// steps, of which every fir_tick samples do their even share. Ticks and periods are counted from the stream's first
// sample, so neither what is summed nor when depends on how a host cuts blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/stepped_fft.hpp"
#include "model/config.hpp"
#include "network/product.hpp"

namespace atrous::network {

inline constexpr int fir_partition = 64;  // samples of the smallest
inline constexpr int fir_tick = 16;

// A part of a period's work: of the forward FFT, of the products, of the inverse FFT.
struct FirStep {
  enum class Kind { columns, row, products, inverse_row, inverse_columns };
  Kind kind;
  int index;  // among those of its kind: some columns, a row, a group of bins
};

struct FirLevel {
  int size = 0;           // samples of a partition and of a period, and bins of a spectrum
  int partitions = 0;     // lags from 2 · size on
  AlignedFloats spectra;  // of the taps: [groups][partitions][re | im] (kernels::SpectraArgs)
  std::shared_ptr<const dsp::SteppedFft> fft;
  std::vector<int> schedule;  // [ticks + 1]: the first step of each tick

  int groups() const noexcept { return size / kernels::spectrum_group; }
  int steps() const noexcept { return 2 * fft->steps() + groups(); }  // of a period, in the order of their kinds
  FirStep step(int index) const noexcept;
};

struct FirPlan {
  float bias = 0;
  AlignedFloats direct;  // the newest taps, from the oldest to the newest
  std::vector<FirLevel> levels;
};

// `taps` from the oldest to the newest.
FirPlan make_fir(const std::vector<double>& taps, double bias, model::Implementation implementation);

// What it takes, in multiply-adds of the products, to go on from `position` by some frames.
std::int64_t fir_work(const FirPlan& plan, std::int64_t position, int frames);

// A row of bins, a multiple of spectrum_group, into or out of groups that are `stride` floats apart.
void pack_bins(const std::complex<float>* bins, int count, std::ptrdiff_t stride, float* groups);
void unpack_bins(const float* groups, int count, std::ptrdiff_t stride, std::complex<float>* bins);

}  // namespace atrous::network
