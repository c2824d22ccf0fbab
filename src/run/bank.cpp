#include "run/bank.hpp"

#include <algorithm>

#include <atrous/error.hpp>

#include "network/access.hpp"

namespace atrous::run {
namespace {

constexpr int most_voices = GeneratorBank::most_voices, most_threads = GeneratorBank::most_threads;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::argument, "generator: " + message);
}

void check(const Network& network, std::span<const GeneratorOptions> voices, int threads) {
  const NetworkInfo& info = network.info();
  if (!info.generates) refuse("the model's output is a signal, not a distribution; it is an effect");
  if (voices.empty() || voices.size() > most_voices) {
    refuse("the number of voices is " + std::to_string(voices.size()) + ", expected 1 to " +
           std::to_string(most_voices));
  }
  if (threads < 1 || threads > most_threads) {
    refuse("the number of threads is " + std::to_string(threads) + ", expected 1 to " + std::to_string(most_threads));
  }
  for (const GeneratorOptions& each : voices) {
    if (!(each.temperature >= 0 && each.temperature <= 100)) {
      refuse("temperature is " + std::to_string(each.temperature) + ", expected 0 to 100");
    }
    if (each.speaker < 0 || each.speaker >= std::max(info.speakers, 1)) {
      refuse("speaker is " + std::to_string(each.speaker) + ", expected 0 to " +
             std::to_string(std::max(info.speakers, 1) - 1));
    }
  }
}

}  // namespace

// As few groups as hold the voices and keep the threads busy, as even as possible.
Bank::Bank(const Network& network, std::span<const GeneratorOptions> voices, int threads)
    : network_((run::check(network, voices, threads), network)), sounds_(voices.size()) {
  std::size_t groups = (voices.size() + kernels::max_columns - 1) / kernels::max_columns;
  if (threads > 1) {
    if (voices.size() > 1) {
      groups = std::max(groups, std::min(voices.size(), std::size_t(threads)));
      threads = std::min(threads, int(groups));
    }
    team_ = std::make_unique<stream::Team>(threads);
  }
  for (std::size_t g = 0; g < groups; ++g) {
    const std::size_t begin = voices.size() * g / groups, end = voices.size() * (g + 1) / groups;
    for (std::size_t i = 0; i < end - begin; ++i) places_.push_back({g, i});
    groups_.push_back(
        {begin, std::make_unique<VoiceGroup>(Network::Access::plan(network_), voices.subspan(begin, end - begin),
                                             groups == 1 ? team_.get() : nullptr)});
  }
}

void Bank::check(std::size_t voice) const {
  if (voice >= voices()) {
    refuse("voice is " + std::to_string(voice) + ", expected 0 to " + std::to_string(voices() - 1));
  }
}

stream::Conditioning& Bank::condition(std::size_t index) {
  check(index);
  stream::Conditioning* condition = voice(index).condition();
  if (!condition) refuse("the model takes no features");
  return *condition;
}

void Bank::finish(std::size_t index) {
  check(index);
  if (stream::Conditioning* condition = voice(index).condition()) condition->finish();
}

std::size_t Bank::available(std::size_t index) const noexcept {
  return index < voices() ? voice(index).available() : 0;
}

std::size_t Bank::prime(std::size_t index, std::span<const float> sound) noexcept {
  return index < voices() ? group(index).prime(places_[index].index, sound) : 0;
}

void Bank::reset(std::size_t index) noexcept {
  if (index < voices()) group(index).reset(places_[index].index);
}

void Bank::fill(std::span<std::span<float>> sounds) noexcept {
  const std::size_t filled = std::min(sounds.size(), voices());
  std::fill(sounds_.begin(), sounds_.end(), std::span<float>());
  std::copy_n(sounds.begin(), filled, sounds_.begin());
  fill_all();
  std::copy_n(sounds_.begin(), filled, sounds.begin());
  std::fill(sounds.begin() + std::ptrdiff_t(filled), sounds.end(), std::span<float>());
}

// The spans of all voices.
void Bank::fill_all() noexcept {
  const std::size_t threads = team_ && groups_.size() > 1 ? std::size_t(team_->size()) : 1;
  auto work = [&](int member) {
    for (std::size_t g = std::size_t(member); g < groups_.size(); g += threads) {
      groups_[g].voices->fill(std::span(sounds_).subspan(groups_[g].first, groups_[g].voices->size()));
    }
  };
  if (threads == 1) return work(0);
  team_->spread();
  team_->run(work);
}

}  // namespace atrous::run
