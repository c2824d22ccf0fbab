#include "run/sampler.hpp"

#include "run/random.hpp"

namespace atrous::run {
namespace {

constexpr double coldest = 1e-6;  // temperatures below it are greedy, since their inverse times a logit may overflow

}  // namespace

Sampler::Sampler(const model::Output& output, const std::optional<model::Code>& code, const SamplerOptions& options)
    : distribution_(make_distribution(output, code)),
      seed_(options.seed),
      voice_(options.voice),
      greedy_(options.greedy || !(options.temperature >= coldest)),
      spread_(float(options.temperature)),
      sharpness_(greedy_ ? 1.0f : float(1 / options.temperature)),
      scratch_(output.channels) {}

Sample Sampler::sample(const float* y, std::uint64_t index) noexcept {
  if (greedy_) return distribution_->likeliest(y);
  const auto random = uniforms(seed_, voice_, index);
  return distribution_->draw(y, {random[0], random[1], spread_, sharpness_}, scratch_);
}

}  // namespace atrous::run
