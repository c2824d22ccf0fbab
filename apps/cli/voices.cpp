#include "voices.hpp"

#include <algorithm>
#include <thread>

namespace cli {

Voices::Voices(const atrous::Network& network, const atrous::GeneratorOptions& options, int count, int threads)
    : threads_(std::size_t(std::min(count, threads))), samples_(std::size_t(count)) {
  for (int voice = 0; voice < count; ++voice) {
    atrous::GeneratorOptions own = options;
    own.voice = std::uint64_t(voice);
    generators_.emplace_back(network, own);
  }
}

void Voices::condition(const Conditioning& conditioning) {
  for (atrous::Generator& generator : generators_) {
    if (conditioning.padded) {
      generator.set_padded_features(conditioning.features.values);
    } else {
      generator.append_features(conditioning.features.values);
      generator.finish();
    }
  }
}

void Voices::prime(std::span<const float> sound) {
  for_each_voice([&](std::size_t voice) { generators_[voice].prime(sound); });
}

std::span<const float> Voices::fill(std::size_t frames) {
  for_each_voice([&](std::size_t voice) {
    samples_[voice].resize(frames);
    samples_[voice].resize(generators_[voice].fill(samples_[voice]));
  });
  const std::size_t made = samples_.front().size();  // the voices follow the same frames, so they end together
  interleaved_.resize(made * count());
  for (std::size_t voice = 0; voice < count(); ++voice) {
    for (std::size_t t = 0; t < made; ++t) interleaved_[t * count() + voice] = samples_[voice][t];
  }
  return interleaved_;
}

void Voices::for_each_voice(const std::function<void(std::size_t)>& work) {
  const auto share = [&](std::size_t thread) {
    for (std::size_t voice = thread; voice < count(); voice += threads_) work(voice);
  };
  std::vector<std::thread> others;
  for (std::size_t thread = 1; thread < threads_; ++thread) others.emplace_back(share, thread);
  share(0);
  for (std::thread& other : others) other.join();
}

}  // namespace cli
