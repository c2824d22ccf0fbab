#include "stream/fir.hpp"

#include <algorithm>
#include <bit>

namespace atrous::stream {

using network::fir_partition;

Fir::Fir(const network::FirPlan& plan, Arena& arena) : plan_(&plan), begin_(arena.reserve(0)) {
  const int direct = static_cast<int>(plan.direct.size());
  length_ = (direct + 2 * fir_partition) / fir_partition * fir_partition;
  for (const network::FirLevel& level : plan.levels) {
    const auto spectrum = static_cast<std::size_t>(2) * level.size;
    length_ = std::max(length_, 2 * level.size);
    levels_.push_back(
        {arena.reserve(spectrum * level.partitions), arena.reserve(spectrum), arena.reserve(2 * spectrum)});
    bins_.resize(static_cast<std::size_t>(level.size) + 1);
    // Each of the ring's spectra reaches two periods back; what is summed of them is played a period later.
    memory_ = std::max(memory_, std::int64_t{level.size} * (level.partitions + 4));
  }
  memory_ = std::max<std::int64_t>(memory_, length_);
  history_ = arena.reserve(static_cast<std::size_t>(2) * length_ + kernels::max_lanes);
  known_ = arena.reserve(fir_partition + kernels::max_lanes);
  end_ = arena.reserve(0);
}

void Fir::reset(Arena& arena) noexcept {
  position_ = silence_ = 0;
  restored_ = -1;
  std::fill_n(arena.at(known_), fir_partition, plan_->bias);
}

// Until a block is complete, nothing changes but what stands in the history from `position` on, which is written before
// it is read.
void Fir::restore(Arena& arena, const network::AlignedFloats& copy, std::int64_t position) noexcept {
  const bool same_block = position_ / fir_partition == position / fir_partition;
  if (restored_ != position || !same_block) std::copy_n(copy.data() + begin_, end_ - begin_, arena.at(begin_));
  position_ = restored_ = position;
  silence_ = 0;
}

void Fir::run(const kernels::Kernels& kernels, Arena& arena, const float* in, int frames, float* out) noexcept {
  const int direct = static_cast<int>(plan_->direct.size());
  const bool silence = std::all_of(in, in + frames, [](float x) { return std::bit_cast<std::uint32_t>(x) == 0; });
  silence_ = silence ? silence_ + frames : 0;
  while (frames > 0) {
    const int into = static_cast<int>(position_ % fir_partition), count = std::min(frames, fir_partition - into);
    float* now = history(arena, position_);
    std::copy(in, in + count, now);
    std::copy(in, in + count, now - length_);
    alignas(64) float whole_vectors[fir_partition];
    kernels.fir({now - (direct - 1), plan_->direct.data(), direct, arena.at(known_) + into, whole_vectors, count});
    std::copy(whole_vectors, whole_vectors + count, out);
    position_ += count;
    if (position_ % fir_partition == 0) finish_block(kernels, arena);
    in += count, out += count, frames -= count;
  }
}

// A block of fir_partition samples is complete: each level does its share, and the next block's past is known.
void Fir::finish_block(const kernels::Kernels& kernels, Arena& arena) noexcept {
  float* known = arena.at(known_);
  std::fill_n(known, fir_partition, plan_->bias);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    run_level(kernels, arena, i);
    const network::FirLevel& level = plan_->levels[i];
    const std::int64_t period = position_ / level.size - level.delay;
    const float* output = arena.at(levels_[i].output) + (2 * (period & 1) + 1) * level.size + position_ % level.size;
    for (int t = 0; t < fir_partition; ++t) known[t] += output[t];
  }
}

// The first block of a period brings the spectrum of what was heard; every block multiplies as many bins as it has
// samples; the last one transforms back. In the first level a period is a block.
void Fir::run_level(const kernels::Kernels& kernels, Arena& arena, std::size_t index) noexcept {
  const network::FirLevel& level = plan_->levels[index];
  const Level& at = levels_[index];
  const std::int64_t period = position_ / level.size;
  const int into = static_cast<int>(position_ % level.size);
  const int newest = level.partitions - 1 - static_cast<int>(period % level.partitions);
  if (into == 0) {
    level.fft->forward(history(arena, position_) - 2 * level.size, bins_.data());
    float* slot = arena.at(at.heard) + static_cast<std::ptrdiff_t>(newest) * 2 * kernels::spectrum_group;
    network::pack_spectrum(bins_.data(), level.size, level.partitions, slot);
  }
  constexpr int groups = fir_partition / kernels::spectrum_group;
  kernels.multiply_spectra({arena.at(at.heard), level.spectra.data(), level.partitions, newest,
                            into / kernels::spectrum_group, groups, arena.at(at.sum)});
  if (into + fir_partition == level.size) {
    network::unpack_spectrum(arena.at(at.sum), level.size, bins_.data());
    level.fft->inverse(bins_.data(), arena.at(at.output) + 2 * (period & 1) * level.size);
  }
}

}  // namespace atrous::stream
