#include "stream/fir.hpp"

#include <algorithm>
#include <bit>

namespace atrous::stream {

using network::fir_partition;
using network::fir_tick;
using Complex = std::complex<float>;

namespace {

// FFTs see the floats of an arena in pairs, as the standard lets them.
Complex* in_pairs(float* floats) noexcept {
  return reinterpret_cast<Complex*>(floats);
}

struct Bins {  // of a row, not cleared
  alignas(64) float floats[2 * dsp::SteppedFft::longest_row];
};

constexpr std::ptrdiff_t spectrum = std::ptrdiff_t{2} * kernels::spectrum_group;

}  // namespace

Fir::Fir(const network::FirPlan& plan, Arena& arena) : plan_(&plan), begin_(arena.reserve(0)) {
  const int direct = int(plan.direct.size());
  length_ = (direct + 2 * fir_partition) / fir_partition * fir_partition;
  for (const network::FirLevel& level : plan.levels) {
    const auto bins = std::size_t(2) * level.size;
    length_ = std::max(length_, 3 * level.size);  // two periods, and the one in which their spectrum is made
    levels_.push_back(
        {arena.reserve(bins * level.partitions), arena.reserve(bins), arena.reserve(bins), arena.reserve(bins)});
    // Each of the ring's spectra reaches two periods back; what is summed of them is played a period later.
    memory_ = std::max(memory_, std::int64_t{level.size} * (level.partitions + 4));
  }
  memory_ = std::max<std::int64_t>(memory_, length_);
  history_ = arena.reserve(std::size_t(2) * length_ + kernels::max_lanes);
  known_ = arena.reserve(fir_partition + kernels::max_lanes);
  end_ = arena.reserve(0);
}

void Fir::reset(Arena& arena) noexcept {
  set_position(0);
  std::fill_n(arena.at(known_), fir_partition, plan_->bias);
}

void Fir::set_position(std::int64_t position) noexcept {
  position_ = position;
  silence_ = 0;
  restored_ = -1;
}

// Between ticks nothing changes but what stands in the history from `position` on, which is written before it is read.
void Fir::restore(const kernels::Kernels& kernels, Arena& arena, const network::AlignedFloats& copy,
                  std::int64_t position) noexcept {
  const bool copied = restored_ != position || position_ / fir_tick != position / fir_tick;
  if (copied) std::copy_n(copy.data() + begin_, end_ - begin_, arena.at(begin_));
  set_position(position);
  if (copied) rehearse(kernels, arena);
  restored_ = position;
}

// Copying has driven out of the caches what comes next. So it is played once, unheard: where the periods of all levels
// begin, what it writes is written again before anything reads it.
void Fir::rehearse(const kernels::Kernels& kernels, Arena& arena) noexcept {
  const std::int64_t position = position_;
  if (levels_.empty() || position % plan_->levels.back().size != 0) return;
  const float silence[fir_partition - 1]{};  // the next partition's past stays as it is
  float unheard[fir_partition - 1];
  run(kernels, arena, silence, fir_partition - 1, unheard);
  set_position(position);
}

void Fir::run(const kernels::Kernels& kernels, Arena& arena, const float* in, int frames, float* out) noexcept {
  const int direct = int(plan_->direct.size());
  const bool silence = std::all_of(in, in + frames, [](float x) { return std::bit_cast<std::uint32_t>(x) == 0; });
  silence_ = silence ? silence_ + frames : 0;
  while (frames > 0) {
    const int into = int(position_ % fir_partition), count = std::min(frames, fir_partition - into);
    float* now = history(arena, position_);
    std::copy(in, in + count, now);
    std::copy(in, in + count, now - length_);
    alignas(64) float whole_vectors[fir_partition];
    kernels.fir({.x = now - (direct - 1),
                 .taps = plan_->direct.data(),
                 .count = direct,
                 .initial = arena.at(known_) + into,
                 .out = whole_vectors,
                 .frames = count});
    std::copy(whole_vectors, whole_vectors + count, out);
    const std::int64_t end = position_ + count;
    while (position_ / fir_tick < end / fir_tick) {
      position_ += fir_tick - position_ % fir_tick;
      finish_tick(kernels, arena);
    }
    position_ = end;
    in += count, out += count, frames -= count;
  }
}

// Each level does its share of the period's work. Where a block of fir_partition samples is complete, the next one's
// past is known.
void Fir::finish_tick(const kernels::Kernels& kernels, Arena& arena) noexcept {
  if (position_ % fir_partition == 0) add_up(arena);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const network::FirLevel& level = plan_->levels[i];
    const int* const first = level.schedule.data() + position_ % level.size / fir_tick;
    for (int step = first[0]; step < first[1]; ++step) take_step(kernels, arena, i, step);
  }
}

// What the last period's work gave for the next block.
void Fir::add_up(Arena& arena) noexcept {
  float* known = arena.at(known_);
  std::fill_n(known, fir_partition, plan_->bias);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const int size = plan_->levels[i].size;
    const std::int64_t done = position_ / size + 1;  // of the same parity as the period before this one
    const float* output = arena.at(levels_[i].output) + (done & 1) * size + position_ % size;
    for (int t = 0; t < fir_partition; ++t) known[t] += output[t];
  }
}

void Fir::take_step(const kernels::Kernels& kernels, Arena& arena, std::size_t index, int step) noexcept {
  using Kind = network::FirStep::Kind;
  const network::FirLevel& level = plan_->levels[index];
  const Level& at = levels_[index];
  const dsp::SteppedFft& fft = *level.fft;
  const std::int64_t period = position_ / level.size;
  const auto newest = int(level.partitions - 1 - period % level.partitions);  // slot of the ring
  Complex* work = in_pairs(arena.at(at.work));
  Bins bins;
  const auto [kind, number] = level.step(step);
  const std::ptrdiff_t group =
      std::ptrdiff_t{number} * fft.row_length() / kernels::spectrum_group;  // of a row's first bins
  switch (kind) {
    case Kind::columns:
      return fft.forward_columns(number, history(arena, period * level.size) - 2 * level.size, work);
    case Kind::row:
      fft.forward_row(number, work, in_pairs(bins.floats));
      return network::pack_bins(in_pairs(bins.floats), fft.row_length(), spectrum * level.partitions,
                                arena.at(at.past) + (group * level.partitions + newest) * spectrum);
    case Kind::products:
      return kernels.multiply_spectra({.x = arena.at(at.past),
                                       .h = level.spectra.data(),
                                       .partitions = level.partitions,
                                       .newest = newest,
                                       .first = number,
                                       .count = 1,
                                       .out = arena.at(at.sum)});
    case Kind::inverse_row:
      network::unpack_bins(arena.at(at.sum) + group * spectrum, fft.row_length(), spectrum, in_pairs(bins.floats));
      return fft.inverse_row(number, in_pairs(bins.floats), work);
    case Kind::inverse_columns:
      return fft.inverse_columns(number, work, arena.at(at.output) + (period & 1) * level.size);
  }
}

}  // namespace atrous::stream
