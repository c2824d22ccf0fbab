// An impulse response from a sound file.
#pragma once

#include <string>
#include <vector>

#include "chain/handles.hpp"

namespace plugin {

struct Impulse {
  // The first 10 seconds of any sound file, without the end that is too quiet to matter. Throws Refusal.
  explicit Impulse(const std::string& path);

  // The taps of a filter with `channels` outputs at that rate, [channels][taps]: of a stereo file a side for each
  // channel, or the mean of both for a single one. A response to 1 keeps its sum, so its level does not depend on the
  // rate. Throws Refusal.
  std::vector<std::vector<float>> taps(double sample_rate, int channels) const;

  Handle<atrous_sound> sound;
};

}  // namespace plugin
