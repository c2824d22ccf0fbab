#include "voices.hpp"

#include <algorithm>

namespace cli {
namespace {

constexpr std::size_t frames_at_once = 64;  // of conditioning: used up soon, so that few are held by each voice

atrous::GeneratorBank make_bank(const atrous::Network& network, const atrous::GeneratorOptions& options, int count,
                                int threads) {
  std::vector<atrous::GeneratorOptions> voices(std::size_t(count), options);
  for (std::size_t voice = 0; voice < voices.size(); ++voice) voices[voice].voice = voice;
  return atrous::GeneratorBank(network, voices, threads);
}

}  // namespace

Voices::Voices(const atrous::Network& network, const atrous::GeneratorOptions& options, int count, int threads)
    : network_(network), bank_(make_bank(network, options, count, threads)) {}

void Voices::condition(Conditioning conditioning) {
  conditioning_ = std::move(conditioning);
  left_ = atrous::conditioned_samples(network_, conditioning_.features.frames, conditioning_.padded).value_or(0);
}

// Makes the conditioning of the coming frames available, where there is that much.
void Voices::feed(std::size_t frames) {
  const std::span<const float> all = conditioning_.features.values;
  while (fed_ < all.size() && bank_.available(0) < frames) {
    const std::size_t wanted = frames_at_once * network_.info().features->bins;
    const std::span<const float> next = all.subspan(fed_, std::min(wanted, all.size() - fed_));
    fed_ += next.size();
    for (std::size_t voice = 0; voice < count(); ++voice) {
      bank_.append_features(voice, next, conditioning_.padded);
      if (fed_ == all.size()) bank_.finish(voice);
    }
  }
}

void Voices::prime(std::span<const float> sound) {
  feed(sound.size());
  for (std::size_t voice = 0; voice < count(); ++voice) bank_.prime(voice, sound);
  if (!conditioning_.features.values.empty()) left_ -= sound.size();
}

std::span<const float> Voices::fill(std::size_t frames) {
  feed(frames);
  samples_.resize(frames * count());
  std::vector<std::span<float>> rows;
  for (std::size_t voice = 0; voice < count(); ++voice) {
    rows.push_back(std::span(samples_).subspan(voice * frames, frames));
  }
  bank_.fill(rows);
  const std::size_t made = rows[0].size();  // the voices follow the same frames, so they end together
  if (!conditioning_.features.values.empty()) left_ -= made;
  interleaved_.resize(made * count());
  for (std::size_t voice = 0; voice < count(); ++voice) {
    for (std::size_t t = 0; t < made; ++t) interleaved_[t * count() + voice] = rows[voice][t];
  }
  return interleaved_;
}

}  // namespace cli
