// The voices of a bank, dealt out to groups.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <atrous/generator.hpp>

#include "run/voice_group.hpp"
#include "stream/team.hpp"

namespace atrous::run {

class Bank {
 public:
  // Throws Error (argument) where a bank of the public interface does.
  Bank(const Network& network, std::span<const GeneratorOptions> voices, int threads);

  std::size_t voices() const noexcept { return places_.size(); }
  Voice& voice(std::size_t voice) noexcept { return group(voice).voice(places_[voice].index); }
  const Voice& voice(std::size_t voice) const noexcept {
    return groups_[places_[voice].group].voices->voice(places_[voice].index);
  }
  // Throws Error (argument) for a network without features.
  stream::Conditioning& condition(std::size_t voice);

  void reset(std::size_t voice) noexcept { group(voice).reset(places_[voice].index); }
  std::size_t prime(std::size_t voice, std::span<const float> sound) noexcept {
    return group(voice).prime(places_[voice].index, sound);
  }
  void fill(std::span<std::span<float>> sounds) noexcept;

 private:
  struct Place {
    std::size_t group, index;
  };
  struct Group {
    std::size_t first;  // of its voices
    std::unique_ptr<VoiceGroup> voices;
  };
  VoiceGroup& group(std::size_t voice) noexcept { return *groups_[places_[voice].group].voices; }

  Network network_;
  std::unique_ptr<stream::Team> team_;  // shares the groups, or the steps of one voice; null: one thread
  std::vector<Place> places_;           // of each voice
  std::vector<Group> groups_;
};

}  // namespace atrous::run
