// Playing a chain as hosts do, and files for it to play.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/effect.hpp>

#include "folder.hpp"
#include "parametric_files.hpp"
#include "rig/rig.hpp"

namespace plugin_test {

using atrous::test::Json;
using atrous::test::Random;
using Sound = std::vector<float>;
using Rows = std::vector<Sound>;  // [channels][frames]

inline constexpr const char* amp = ATROUS_SOURCE_DIR "/models/amp.nam";

// A folder whose files are named as the plugin is told of them.
class Folder : atrous::test::Folder {
 public:
  std::string operator/(const std::string& name) const { return atrous::test::Folder::operator/(name).string(); }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  std::string write(const std::string& name, const Json& json) const { return write(name, json.dump()); }
};

// A random effect of one input and one output.
inline Json effect_file(unsigned seed) {
  Random random(seed);
  Json nam = atrous::test::random_nam(random);
  nam["sample_rate"] = 48000;
  nam["config"]["layers"][1]["head_size"] = 1;
  nam["weights"].erase(nam["weights"].end() - 5, nam["weights"].end() - 1);
  return nam;
}

// One with knobs: Gain, from 0 to 10, and the switch Voice of three positions.
inline Json knob_file(unsigned seed) {
  Random random(seed);
  return atrous::test::as_concat(atrous::test::random_five_inputs(random));
}

// One with so many knobs from 0 to 1, that stand at 0.25.
inline Json knobs_file(unsigned seed, int knobs) {
  Random random(seed);
  atrous::test::SlimNam nam(random);
  nam.inputs = 1 + knobs;
  nam.arrays = {atrous::test::SlimArray{}};
  Json file = atrous::test::as_concat(nam.full());
  Json& params = file["config"]["params"] = Json::array();
  for (int i = 0; i < knobs; ++i) {
    params.push_back({{"name", "K" + std::to_string(i)}, {"min", 0}, {"max", 1}, {"default", 0.25}});
  }
  return file;
}

inline Rows noise(int channels, std::size_t frames, unsigned seed = 1, float level = 0.3f) {
  Random random(seed);
  Rows rows;
  for (int c = 0; c < channels; ++c) {
    rows.push_back(atrous::test::uniform(random, frames));
    for (float& x : rows.back()) x *= level;
  }
  return rows;
}

// Runs all of a sound through a chain, or a host of one, in blocks whose lengths `next` gives, which is called before
// each with the frames so far.
template <class Player>
Rows play(Player& chain, const Rows& in, const std::function<std::size_t(std::size_t)>& next) {
  Rows out(in.size(), Sound(in[0].size()));
  for (std::size_t at = 0; at < in[0].size();) {
    const std::size_t frames = std::min(next(at), in[0].size() - at);
    const float* from[2] = {};
    float* to[2] = {};
    for (std::size_t c = 0; c < in.size(); ++c) from[c] = in[c].data() + at, to[c] = out[c].data() + at;
    chain.process(from, to, frames);
    at += frames;
  }
  return out;
}

inline std::function<std::size_t(std::size_t)> blocks(std::size_t length) {
  return [length](std::size_t) { return length; };
}

// Lengths of every sort, up to `most`.
inline std::function<std::size_t(std::size_t)> ragged(std::size_t most) {
  return [most, length = std::size_t(0)](std::size_t) mutable { return length = 1 + (length * 7 + 13) % most; };
}

// What `atrous process` lacks, switched off.
inline void as_process(plugin::Chain& chain) {
  for (const unsigned parameter : {plugin::normalize, plugin::dc_blocker, plugin::cabinet, plugin::gate}) {
    chain.settings.set(parameter, 0);
  }
}

// An effect as the command line runs it.
inline Rows effect(const std::string& file, const Rows& in, atrous::EffectOptions options = {}, double size = 1) {
  options.channels = int(in.size());
  atrous::Effect effect(atrous::Network(atrous::Model::load(file), {.size = size}), options);
  Rows out = in;
  std::vector<float*> rows;
  for (Sound& row : out) rows.push_back(row.data());
  effect.process(std::vector<const float*>(rows.begin(), rows.end()), rows, in[0].size());
  return out;
}

// "" where all bits are equal, else where the first differ.
inline std::string difference(const Rows& a, const Rows& b) {
  for (std::size_t c = 0; c < a.size(); ++c) {
    for (std::size_t t = 0; t < a[c].size(); ++t) {
      if (a[c][t] != b[c][t]) {
        return "channel " + std::to_string(c) + ", frame " + std::to_string(t) + ": " + std::to_string(a[c][t]) +
               " and " + std::to_string(b[c][t]);
      }
    }
  }
  return "";
}

inline double db(double ratio) {
  return 20 * std::log10(std::max(ratio, 1e-30));
}

inline double energy(const Sound& sound, std::size_t from = 0) {
  double sum = 0;
  for (std::size_t t = from; t < sound.size(); ++t) sum += double(sound[t]) * double(sound[t]);
  return sum;
}

}  // namespace plugin_test
