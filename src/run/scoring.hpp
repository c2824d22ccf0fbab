// Teacher forcing piece by piece: a network reads a sound as it arrives, and is asked at every step what comes next.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <atrous/score.hpp>

#include "network/plan.hpp"
#include "run/distribution.hpp"
#include "stream/conditioning.hpp"
#include "stream/forcing.hpp"
#include "stream/speaker.hpp"

namespace atrous::run {

// One thread at a time. How the sound and its conditioning are cut leaves no trace.
class Scoring {
 public:
  // What the network put out in `frames` steps.
  using Outputs = std::function<void(const kernels::Rows&, int frames)>;

  // The network's output is a distribution. Throws Error (argument) for a speaker that it does not have.
  Scoring(const Network& network, int speaker, Outputs outputs);

  bool uses_classes() const noexcept { return uses_classes_; }
  // Frames for the steps to come; empty for a network that reads no features.
  std::optional<stream::Conditioning>& conditioning() noexcept { return condition_; }

  // The next samples, and as many classes where the network uses them. Throws Error (argument) for classes out of
  // range.
  void take(std::span<const float> signal, std::span<const int> classes);

  // Nothing more comes. Samples that the conditioning does not reach are left out if they may be. Throws Error
  // (argument) where they may not, or fewer than two samples are left.
  Score finish(bool may_leave_out);

 private:
  std::uint64_t known() const noexcept;  // samples that have arrived, and their conditioning too
  void run_to(std::uint64_t end);
  void count(const kernels::Rows& out, int frames);
  double nll(std::size_t target) const;  // of y_, at that place of what is kept

  const Network network_;
  const network::Plan& plan_;
  bool uses_classes_;
  std::unique_ptr<const Distribution> distribution_;
  Outputs outputs_;
  std::optional<stream::SpeakerBiases> speaker_;
  std::optional<stream::Conditioning> condition_;
  std::optional<stream::Forcing> stream_;
  std::vector<float> signal_, input_;  // from sample begin_ on: the sound, and what the network reads of classes
  std::vector<int> classes_;           // likewise
  std::vector<float> y_;               // [outputs]
  std::uint64_t heard_ = 0, run_ = 0, begin_ = 0;  // samples that arrived, steps that were run
  double sum_ = 0, warm_sum_ = 0;
};

}  // namespace atrous::run
