#include "voices.hpp"

namespace cli {
namespace {

atrous::GeneratorBank make_bank(const atrous::Network& network, const atrous::GeneratorOptions& options, int count,
                                int threads) {
  std::vector<atrous::GeneratorOptions> voices(std::size_t(count), options);
  for (std::size_t voice = 0; voice < voices.size(); ++voice) voices[voice].voice = voice;
  return atrous::GeneratorBank(network, voices, threads);
}

}  // namespace

Voices::Voices(const atrous::Network& network, const atrous::GeneratorOptions& options, int count, int threads)
    : bank_(make_bank(network, options, count, threads)) {}

void Voices::condition(const Conditioning& conditioning) {
  for (std::size_t voice = 0; voice < count(); ++voice) {
    if (conditioning.padded) {
      bank_.set_padded_features(voice, conditioning.features.values);
    } else {
      bank_.append_features(voice, conditioning.features.values);
      bank_.finish(voice);
    }
  }
}

void Voices::prime(std::span<const float> sound) {
  for (std::size_t voice = 0; voice < count(); ++voice) bank_.prime(voice, sound);
}

std::span<const float> Voices::fill(std::size_t frames) {
  samples_.resize(frames * count());
  std::vector<std::span<float>> rows;
  for (std::size_t voice = 0; voice < count(); ++voice) {
    rows.push_back(std::span(samples_).subspan(voice * frames, frames));
  }
  bank_.fill(rows);
  const std::size_t made = rows[0].size();  // the voices follow the same frames, so they end together
  interleaved_.resize(made * count());
  for (std::size_t voice = 0; voice < count(); ++voice) {
    for (std::size_t t = 0; t < made; ++t) interleaved_[t * count() + voice] = rows[voice][t];
  }
  return interleaved_;
}

}  // namespace cli
