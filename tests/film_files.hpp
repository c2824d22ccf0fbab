// `.nam` files of one layer array with FiLM at any of the eight points.
#pragma once

#include <string>
#include <vector>

#include "model_files.hpp"

namespace atrous::test {

inline const std::vector<std::string> film_keys = {
    "conv_pre_film",       "conv_post_film",       "input_mixin_pre_film", "input_mixin_post_film",
    "activation_pre_film", "activation_post_film", "layer1x1_post_film",   "head1x1_post_film"};

// One array of 6 channels, bottleneck 4, gated, with both 1x1s; the films whose bit is set, every other with a shift.
inline Json config_with_films(unsigned films, int condition) {
  Json array = {{"input_size", 1},
                {"condition_size", condition},
                {"channels", 6},
                {"bottleneck", 4},
                {"kernel_size", 3},
                {"dilations", {1, 3}},
                {"activation", "Tanh"},
                {"gating_mode", "gated"},
                {"head1x1", {{"active", true}, {"out_channels", 5}, {"groups", 1}}},
                {"head", {{"out_channels", 1}, {"kernel_size", 2}, {"bias", true}}}};
  for (std::size_t i = 0; i < film_keys.size(); ++i) {
    if (films >> i & 1u) array[film_keys[i]] = {{"active", true}, {"shift", i % 2 == 0}, {"groups", 1}};
  }
  return {{"layers", {array}}, {"head_scale", 1.0}, {"head", nullptr}};
}

// The widths that the specification gives for each film, in order, of the array above.
inline int film_values(unsigned films, int condition) {
  const int widths[] = {6, 8, condition, 8, 8, 4, 6, 5};
  int values = 0;
  for (std::size_t i = 0; i < film_keys.size(); ++i) {
    if (films >> i & 1u) values += (i % 2 == 0 ? 2 : 1) * widths[i] * (condition + 1);
  }
  return values;
}

inline Json random_film_nam(Random& random, unsigned films, int condition) {
  const int layer = 8 * 6 * 3 + 8 + 8 * condition + (6 * 4 + 6) + (5 * 4 + 5) + film_values(films, condition);
  const int count = 6 + 2 * layer + (5 * 2 + 1) + 1;
  return {{"version", "0.7.0"},
          {"architecture", "WaveNet"},
          {"sample_rate", 48000},
          {"config", config_with_films(films, condition)},
          {"weights", uniform(random, std::size_t(count))}};
}

}  // namespace atrous::test
