// The public faces of a bank of voices: one voice, and many.
#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "run/bank.hpp"

namespace atrous {

std::size_t conditioned_samples(const Network& network, std::size_t frames, bool padded) {
  const std::optional<network::UpsamplerPlan>& upsampler = network.plan().upsampler;
  if (!upsampler || frames == 0) return 0;
  return static_cast<std::size_t>(
      upsampler->length(static_cast<std::int64_t>(frames) + (padded ? 0 : 2 * upsampler->pad())));
}

Generator::Generator(const Network& network, GeneratorOptions options)
    : bank_(std::make_unique<run::Bank>(network, std::span(&options, 1), 1)) {}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

void Generator::append_features(std::span<const float> values) {
  bank_->condition(0).append(values);
}

void Generator::append_padded_features(std::span<const float> values) {
  bank_->condition(0).append_padded(values);
}

void Generator::finish() {
  if (bank_->voice(0).condition()) bank_->condition(0).finish();
}

std::size_t Generator::available() const noexcept {
  return bank_->voice(0).available();
}

std::size_t Generator::prime(std::span<const float> audio) noexcept {
  return bank_->prime(0, audio);
}

std::size_t Generator::fill(std::span<float> out) noexcept {
  bank_->fill({&out, 1});
  return out.size();
}

void Generator::reset() noexcept {
  bank_->reset(0);
}

GeneratorBank::GeneratorBank(const Network& network, std::span<const GeneratorOptions> voices, int threads)
    : bank_(std::make_unique<run::Bank>(network, voices, threads)) {}
GeneratorBank::~GeneratorBank() = default;
GeneratorBank::GeneratorBank(GeneratorBank&&) noexcept = default;
GeneratorBank& GeneratorBank::operator=(GeneratorBank&&) noexcept = default;

std::size_t GeneratorBank::voices() const noexcept {
  return bank_->voices();
}

void GeneratorBank::append_features(std::size_t voice, std::span<const float> values) {
  bank_->condition(voice).append(values);
}

void GeneratorBank::append_padded_features(std::size_t voice, std::span<const float> values) {
  bank_->condition(voice).append_padded(values);
}

void GeneratorBank::finish(std::size_t voice) {
  if (bank_->voice(voice).condition()) bank_->condition(voice).finish();
}

std::size_t GeneratorBank::available(std::size_t voice) const noexcept {
  return bank_->voice(voice).available();
}

std::size_t GeneratorBank::prime(std::size_t voice, std::span<const float> audio) noexcept {
  return bank_->prime(voice, audio);
}

void GeneratorBank::reset(std::size_t voice) noexcept {
  bank_->reset(voice);
}

void GeneratorBank::fill(std::span<std::span<float>> sounds) noexcept {
  bank_->fill(sounds);
}

}  // namespace atrous
