// The public faces of a bank of voices: one voice, and many.
#include <algorithm>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "network/access.hpp"
#include "run/bank.hpp"

namespace atrous {

std::optional<std::size_t> conditioned_samples(const Network& network, std::size_t frames, bool padded) noexcept {
  const std::optional<network::UpsamplerPlan>& upsampler = Network::Access::plan(network).upsampler;
  if (!upsampler) return std::nullopt;
  if (frames == 0) return 0;
  const std::int64_t most = (std::int64_t{1} << 61) / upsampler->hop();  // which no memory holds; no product overflows
  const auto given = std::int64_t(std::min(frames, std::size_t(most)));
  return std::size_t(upsampler->length(given + (padded ? 0 : 2 * upsampler->pad())));
}

struct Generator::State : run::Bank {
  using Bank::Bank;
};

Generator::Generator(const Network& network, GeneratorOptions options)
    : state_(std::make_unique<State>(network, std::span(&options, 1), 1)) {}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

void Generator::append_features(std::span<const float> values, bool padded) {
  state_->condition(0).append(values, padded);
}

void Generator::finish() {
  state_->finish(0);
}

std::size_t Generator::available() const noexcept {
  return state_->available(0);
}

std::size_t Generator::prime(std::span<const float> audio) noexcept {
  return state_->prime(0, audio);
}

std::size_t Generator::fill(std::span<float> out) noexcept {
  state_->fill({&out, 1});
  return out.size();
}

void Generator::reset() noexcept {
  state_->reset(0);
}

struct GeneratorBank::State : run::Bank {
  using Bank::Bank;
};

GeneratorBank::GeneratorBank(const Network& network, std::span<const GeneratorOptions> voices, int threads)
    : state_(std::make_unique<State>(network, voices, threads)) {}
GeneratorBank::~GeneratorBank() = default;
GeneratorBank::GeneratorBank(GeneratorBank&&) noexcept = default;
GeneratorBank& GeneratorBank::operator=(GeneratorBank&&) noexcept = default;

std::size_t GeneratorBank::voices() const noexcept {
  return state_->voices();
}

void GeneratorBank::append_features(std::size_t voice, std::span<const float> values, bool padded) {
  state_->condition(voice).append(values, padded);
}

void GeneratorBank::finish(std::size_t voice) {
  state_->finish(voice);
}

std::size_t GeneratorBank::available(std::size_t voice) const noexcept {
  return state_->available(voice);
}

std::size_t GeneratorBank::prime(std::size_t voice, std::span<const float> audio) noexcept {
  return state_->prime(voice, audio);
}

void GeneratorBank::reset(std::size_t voice) noexcept {
  state_->reset(voice);
}

void GeneratorBank::fill(std::span<std::span<float>> sounds) noexcept {
  state_->fill(sounds);
}

}  // namespace atrous
