// A loudspeaker behind the effect: an impulse response, at the rate of the sound and without latency.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect.hpp>

namespace cli {

class Cabinet {
 public:
  // Of a response of several channels each is one channel's of the sound, the last that of those behind it too; a sound
  // of one channel reads the mean. `normalize` gives noise the loudness that it had: the taps' squares sum to 1.
  Cabinet(const atrous::AudioBuffer& response, double sample_rate, int channels, bool normalize);

  // In place over frames that go on from the last, interleaved.
  void process(std::span<float> frames);

 private:
  std::vector<atrous::Effect> filters_;  // one per channel
  std::vector<float> row_;
};

// Throws Error: of files, and invalid (no finite sample but zeros).
atrous::AudioBuffer read_response(const std::filesystem::path& path);

}  // namespace cli
