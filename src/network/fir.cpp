#include "network/fir.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace atrous::network {
namespace {

constexpr int growth = 16;             // from one level's partitions to the next's
constexpr int largest = 16384;         // samples of a partition
constexpr int fewest_partitions = 32;  // of the size before that are worth a level of their own

// In multiply-adds of the products, whose kernels are about that much faster.
std::int64_t fft_cost(int points) {
  constexpr int slower = 2, twiddles = 2;
  return std::int64_t{slower} * points * (2 * std::bit_width(unsigned(points)) + twiddles);
}

std::int64_t step_cost(const FirLevel& level, int step) {
  const dsp::SteppedFft& fft = *level.fft;
  switch (level.step(step).kind) {
    case FirStep::Kind::columns:
    case FirStep::Kind::inverse_columns:
      return fft.columns_per_step() * fft_cost(fft.rows());
    case FirStep::Kind::row:
    case FirStep::Kind::inverse_row:
      return fft_cost(fft.row_length());
    case FirStep::Kind::products:
      break;
  }
  return std::int64_t{4} * kernels::spectrum_group * level.partitions;
}

// Deals the steps out to the ticks in order, each to the one in which the middle of its work falls.
std::vector<int> make_schedule(const FirLevel& level) {
  const int ticks = level.size / fir_tick, steps = level.steps();
  std::int64_t total = 0, done = 0;
  for (int step = 0; step < steps; ++step) total += step_cost(level, step);
  std::vector<int> schedule(std::size_t(ticks) + 1, steps);
  int step = 0;
  for (int tick = 0; tick < ticks; ++tick) {
    schedule[tick] = step;
    while (step < steps && (2 * done + step_cost(level, step)) * ticks < 2 * total * (tick + 1)) {
      done += step_cost(level, step++);
    }
  }
  return schedule;
}

// The taps of lags [first, first + count) as spectra; those beyond the last tap are zeros.
void transform_taps(const std::vector<double>& newest_first, FirLevel& level) {
  const dsp::SteppedFft& fft = *level.fft;
  AlignedFloats time(std::size_t(2) * level.size);
  std::vector<std::complex<float>> work(level.size), bins(fft.row_length());
  const std::ptrdiff_t spectrum = 2 * kernels::spectrum_group, stride = spectrum * level.partitions;
  auto lag = std::size_t(2) * level.size;
  for (int p = 0; p < level.partitions; ++p) {
    for (int i = 0; i < level.size; ++i, ++lag) {
      time[i] = lag < newest_first.size() ? float(newest_first[lag] / level.size) : 0.0f;
    }
    for (int step = 0; step < fft.column_steps(); ++step) fft.forward_columns(step, time.data(), work.data());
    for (int row = 0; row < fft.rows(); ++row) {
      fft.forward_row(row, work.data(), bins.data());
      const int group = row * fft.row_length() / kernels::spectrum_group;
      pack_bins(bins.data(), fft.row_length(), stride, level.spectra.data() + group * stride + p * spectrum);
    }
  }
}

FirLevel make_level(const std::vector<double>& newest_first, int size, int partitions) {
  FirLevel level;
  level.size = size;
  level.partitions = partitions;
  level.fft = std::make_shared<const dsp::SteppedFft>(size);
  level.spectra.resize(std::size_t(2) * size * partitions);
  transform_taps(newest_first, level);
  level.schedule = make_schedule(level);
  return level;
}

}  // namespace

FirStep FirLevel::step(int index) const noexcept {
  using Kind = FirStep::Kind;
  const std::pair<Kind, int> order[] = {{Kind::columns, fft->column_steps()},
                                        {Kind::row, fft->rows()},
                                        {Kind::products, groups()},
                                        {Kind::inverse_row, fft->rows()}};
  for (const auto& [kind, count] : order) {
    if (index < count) return {kind, index};
    index -= count;
  }
  return {Kind::inverse_columns, index};
}

FirPlan make_fir(const std::vector<double>& taps, double bias, model::Implementation implementation) {
  const std::vector<double> newest_first(taps.rbegin(), taps.rend());
  const int count = int(taps.size());
  const bool by_fft = model::runs_by_fft(implementation, count);
  FirPlan plan;
  plan.bias = float(bias);
  const int direct = by_fft ? std::min(count, 2 * fir_partition) : count;
  plan.direct.assign(taps.end() - direct, taps.end());
  for (int size = fir_partition, lag = direct; lag < count; size *= growth) {
    const int next = 2 * size * growth;  // where the next level may start
    const bool last = size == largest || count - next < fewest_partitions * size;
    const int end = last ? count : next;
    plan.levels.push_back(make_level(newest_first, size, (end - lag + size - 1) / size));
    lag = end;
  }
  return plan;
}

std::int64_t fir_work(const FirPlan& plan, std::int64_t position, int frames) {
  std::int64_t work = std::int64_t(plan.direct.size()) * frames;
  for (std::int64_t at = position / fir_tick * fir_tick + fir_tick; at <= position + frames; at += fir_tick) {
    for (const FirLevel& level : plan.levels) {
      const std::int64_t tick = at % level.size / fir_tick;
      for (int step = level.schedule[tick]; step < level.schedule[tick + 1]; ++step) work += step_cost(level, step);
    }
  }
  return work;
}

void pack_bins(const std::complex<float>* bins, int count, std::ptrdiff_t stride, float* groups) {
  for (; count > 0; count -= kernels::spectrum_group, groups += stride, bins += kernels::spectrum_group) {
    for (int i = 0; i < kernels::spectrum_group; ++i) {
      groups[i] = bins[i].real();
      groups[kernels::spectrum_group + i] = bins[i].imag();
    }
  }
}

void unpack_bins(const float* groups, int count, std::ptrdiff_t stride, std::complex<float>* bins) {
  for (; count > 0; count -= kernels::spectrum_group, groups += stride, bins += kernels::spectrum_group) {
    for (int i = 0; i < kernels::spectrum_group; ++i) bins[i] = {groups[i], groups[kernels::spectrum_group + i]};
  }
}

}  // namespace atrous::network
