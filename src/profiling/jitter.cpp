#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <random>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/profile.hpp>

#include "network/access.hpp"
#include "profiling/timing.hpp"

namespace atrous {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t noise_samples = 1 << 16;

// An effect that plays the same blocks again and again.
class Player {
 public:
  Player(const Network& network, std::size_t block)
      : effect_(network, {.max_block = block, .channels = network.info().inputs, .rest = false}),
        block_(block),
        noise_(noise_samples + block),
        out_(std::size_t(network.info().inputs) * block),
        in_rows_(network.info().inputs) {
    std::minstd_rand random(1);
    for (float& x : noise_) x = 0.5f * (float(random()) / float(std::minstd_rand::max()) - 0.5f);
    for (int c = 0; c < network.info().inputs; ++c) out_rows_.push_back(out_.data() + std::size_t(c) * block);
  }

  // The least that each block took in any of the rounds, in seconds. Every `change_every` blocks the size changes from
  // the smallest to the largest or back; 0 means never, from `first_size` on.
  std::vector<double> play(const JitterOptions& options, double first_size, std::size_t change_every) {
    std::vector<double> least(options.blocks, std::numeric_limits<double>::infinity());
    for (int round = 0; round < options.rounds; ++round) {
      effect_.set_size(first_size);
      effect_.reset();
      for (std::size_t b = 0; b < least.size(); ++b) {
        const bool changes = change_every > 0 && b > 0 && b % change_every == 0;
        const auto new_size = changes ? std::optional(double((b / change_every) % 2)) : std::nullopt;
        least[b] = std::min(least[b], seconds_of_block(b, new_size));
      }
    }
    return least;
  }

 private:
  double seconds_of_block(std::size_t index, std::optional<double> new_size) {
    const float* in = noise_.data() + index * block_ % noise_samples;
    std::fill(in_rows_.begin(), in_rows_.end(), in);
    const Clock::time_point start = Clock::now();
    if (new_size) effect_.set_size(*new_size);
    effect_.process(in_rows_, out_rows_, block_);
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  Effect effect_;
  std::size_t block_;
  std::vector<float> noise_, out_;
  std::vector<const float*> in_rows_;
  std::vector<float*> out_rows_;
};

BlockTimes times_of(const std::vector<double>& seconds) {
  return {1e6 * profiling::median(seconds), 1e6 * *std::max_element(seconds.begin(), seconds.end())};
}

// Blocks from one change to the next: a size reads its receptive field before it is heard, and fades in.
std::size_t blocks_of_change(const NetworkInfo& info, std::size_t block) {
  const double samples = 2.0 * double(info.receptive_field) + 0.1 * info.sample_rate;
  return std::size_t(samples / double(block)) + 1;
}

}  // namespace

Jitter jitter(const Network& network, std::size_t block, const JitterOptions& options) {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorCode::argument, "jitter: " + message);
  };
  require(block >= 1 && block <= ProfileCase::most_frames,
          "block is out of range, expected 1 to " + std::to_string(ProfileCase::most_frames));
  require(options.blocks >= 1 && options.blocks <= 10'000'000, "blocks is out of range, expected 1 to 10000000");
  require(options.rounds >= 1 && options.rounds <= 1000, "rounds is out of range, expected 1 to 1000");
  Player player(network, block);
  Jitter result{times_of(player.play(options, 1, 0)), {}};
  if (Network::Access::plans(network).size() < 2) return result;
  const BlockTimes smallest = times_of(player.play(options, 0, 0));
  const BlockTimes change = times_of(player.play(options, 0, blocks_of_change(network.info(), block)));
  result.change = {smallest.median_us + result.steady.median_us, change.worst_us};
  return result;
}

}  // namespace atrous
