// Generators and banks of them for C.
#include <algorithm>
#include <array>
#include <cstddef>

#include "capi/guard.hpp"
#include "capi/handles.hpp"

using namespace atrous::capi;

namespace {

constexpr std::size_t most_voices = atrous::GeneratorBank::most_voices;

atrous::GeneratorOptions options_from(const atrous_generator_options* options) {
  const atrous_generator_options given = options_of(options, ATROUS_GENERATOR_OPTIONS, "atrous_generator_options");
  return {.seed = given.seed,
          .voice = given.voice,
          .temperature = given.temperature,
          .greedy = given.greedy != 0,
          .speaker = given.speaker};
}

// An array whose elements are as large as the caller knows them.
std::vector<atrous::GeneratorOptions> options_from(const atrous_generator_options* voices, std::size_t count) {
  if (count > most_voices)
    refuse("the number of voices is " + std::to_string(count) + ", expected 1 to " + std::to_string(most_voices));
  std::vector<atrous::GeneratorOptions> options;
  const auto* at = reinterpret_cast<const std::byte*>(voices);
  for (std::size_t v = 0; v < count; ++v) {
    if (!voices) {
      options.push_back({.voice = v});
      continue;
    }
    const auto* each = reinterpret_cast<const atrous_generator_options*>(at);
    if (each->struct_size != voices->struct_size) refuse("voices are of several struct_sizes");
    options.push_back(options_from(each));
    at += each->struct_size;
  }
  return options;
}

std::size_t bins_of(const atrous_network* network) {
  const auto& features = network->value.info().features;
  return features ? features->bins : 0;
}

}  // namespace

atrous_status atrous_generator_create(const atrous_network* network, const atrous_generator_options* options,
                                      atrous_generator** generator) {
  return created(generator, "generator", [&] {
    need(network, "network");
    return new atrous_generator{atrous::Generator(network->value, options_from(options)), bins_of(network)};
  });
}

void atrous_generator_free(atrous_generator* generator) {
  delete generator;
}

atrous_status atrous_generator_append(atrous_generator* generator, const float* values, size_t frames, size_t bins,
                                      int padded) {
  return guarded([&] {
    need(generator, "generator");
    const std::span<const float> features = frames_of(values, frames, bins, generator->bins);
    generator->value.append_features(features, padded != 0);
  });
}

atrous_status atrous_generator_finish(atrous_generator* generator) {
  return guarded([&] {
    need(generator, "generator");
    generator->value.finish();
  });
}

size_t atrous_generator_available(const atrous_generator* generator) {
  return generator ? generator->value.available() : 0;
}

size_t atrous_generator_prime(atrous_generator* generator, const float* audio, size_t samples) {
  return generator && audio ? generator->value.prime({audio, samples}) : 0;
}

size_t atrous_generator_fill(atrous_generator* generator, float* out, size_t samples) {
  return generator && out ? generator->value.fill({out, samples}) : 0;
}

void atrous_generator_reset(atrous_generator* generator) {
  if (generator) generator->value.reset();
}

atrous_status atrous_bank_create(const atrous_network* network, const atrous_generator_options* voices, size_t count,
                                 int threads, atrous_bank** bank) {
  return created(bank, "bank", [&] {
    need(network, "network");
    return new atrous_bank{atrous::GeneratorBank(network->value, options_from(voices, count), threads),
                           bins_of(network)};
  });
}

void atrous_bank_free(atrous_bank* bank) {
  delete bank;
}

size_t atrous_bank_voices(const atrous_bank* bank) {
  return bank ? bank->value.voices() : 0;
}

atrous_status atrous_bank_append(atrous_bank* bank, size_t voice, const float* values, size_t frames, size_t bins,
                                 int padded) {
  return guarded([&] {
    need(bank, "bank");
    const std::span<const float> features = frames_of(values, frames, bins, bank->bins);
    bank->value.append_features(voice, features, padded != 0);
  });
}

atrous_status atrous_bank_finish(atrous_bank* bank, size_t voice) {
  return guarded([&] {
    need(bank, "bank");
    bank->value.finish(voice);
  });
}

size_t atrous_bank_available(const atrous_bank* bank, size_t voice) {
  return bank ? bank->value.available(voice) : 0;
}

size_t atrous_bank_prime(atrous_bank* bank, size_t voice, const float* audio, size_t samples) {
  return bank && audio ? bank->value.prime(voice, {audio, samples}) : 0;
}

void atrous_bank_reset(atrous_bank* bank, size_t voice) {
  if (bank) bank->value.reset(voice);
}

void atrous_bank_fill(atrous_bank* bank, float* const* sounds, size_t* samples, size_t voices) {
  if (!samples) return;
  std::array<std::span<float>, most_voices> spans;
  const std::size_t known = bank && sounds ? std::min(voices, bank->value.voices()) : 0;
  for (std::size_t v = 0; v < known; ++v) spans[v] = {sounds[v], sounds[v] ? samples[v] : 0};
  if (known > 0) bank->value.fill(std::span(spans).first(known));
  for (std::size_t v = 0; v < voices; ++v) samples[v] = v < known ? spans[v].size() : 0;
}
