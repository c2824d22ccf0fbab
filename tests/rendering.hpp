// Running a model over a signal, and comparing what came out: for the tests of readers and streams.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <atrous/effect.hpp>

#include "catch.hpp"
#include "difference.hpp"
#include "model_files.hpp"

namespace atrous::test {

// `in` holds a row per channel; the result too.
using Channels = std::vector<std::vector<float>>;

// Frames [from, to) of a signal through an effect.
inline void process(Effect& effect, const Channels& in, std::size_t from, std::size_t to, Channels& out) {
  std::vector<const float*> read;
  std::vector<float*> written;
  for (std::size_t c = 0; c < in.size(); ++c) {
    read.push_back(in[c].data() + from);
    written.push_back(out[c].data() + from);
  }
  effect.process(read, written, to - from);
}

inline Channels render(const Model& model, Isa isa, const Channels& in, std::size_t block) {
  const Network network(model, {isa});
  Effect effect(network, {.max_block = block, .channels = int(in.size())});
  Channels out = in;
  const std::size_t length = in[0].size();
  for (std::size_t t = 0; t < length; t += block) process(effect, in, t, std::min(length, t + block), out);
  return out;
}

// The same model, in which the rows of its knobs are channels of sound.
inline Model with_knobs_as_channels(const Model& model) {
  model::ModelData data = Model::Access::data(model);
  data.config.knobs.clear();
  return Model::Access::make(std::move(data));
}

// The first output on every instruction set against `wanted`, whatever the blocks, also once it has been saved.
inline void check_renders(const Model& model, const Channels& in, const std::vector<double>& wanted,
                          double most_error = 2e-12) {
  const Model again = parse(saved(model));
  const std::size_t length = in[0].size();
  for (const Isa isa : available_isas()) {
    INFO("isa " << isa_name(isa));
    const Channels out = render(model, isa, in, length);
    CHECK(error_to_signal(out[0], wanted) <= most_error);
    for (const std::size_t block : {1, 7, 64, 100}) CHECK(render(model, isa, in, block) == out);
    CHECK(render(again, isa, in, 37) == out);
  }
}

}  // namespace atrous::test
