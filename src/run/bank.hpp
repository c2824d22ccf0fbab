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

  // These throw Error (argument) for a voice that is not there; condition() also for a network without features.
  stream::Conditioning& condition(std::size_t voice);
  void finish(std::size_t voice);

  // To these a voice that is not there is one that can make nothing.
  std::size_t available(std::size_t voice) const noexcept;
  std::size_t prime(std::size_t voice, std::span<const float> sound) noexcept;
  void reset(std::size_t voice) noexcept;
  void fill(std::span<std::span<float>> sounds) noexcept;

 private:
  void check(std::size_t voice) const;
  void fill_all() noexcept;
  struct Place {
    std::size_t group, index;
  };
  struct Group {
    std::size_t first;  // of its voices
    std::unique_ptr<VoiceGroup> voices;
  };
  VoiceGroup& group(std::size_t voice) const noexcept { return *groups_[places_[voice].group].voices; }
  Voice& voice(std::size_t voice) const noexcept { return group(voice).voice(places_[voice].index); }

  Network network_;
  std::unique_ptr<stream::Team> team_;  // shares the groups, or the steps of one voice; null: one thread
  std::vector<Place> places_;           // of each voice
  std::vector<Group> groups_;
  std::vector<std::span<float>> sounds_;  // of each voice, while it is filled
};

}  // namespace atrous::run
