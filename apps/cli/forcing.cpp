#include "forcing.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>
#include <atrous/tensors.hpp>

#include "files.hpp"
#include "text.hpp"

namespace cli {
namespace {

using atrous::Error;
using atrous::ErrorCode;
using atrous::Network;
using atrous::TeacherForcing;
using atrous::Tensor;

Error bad_tensor(const std::filesystem::path& path, const std::string& name, const std::string& message) {
  return Error(ErrorCode::format, path.string() + ": tensor '" + name + "': " + message);
}

void set_features(Forcing& forcing, const Conditioning& conditioning, const Network& network) {
  forcing.input.features = conditioning.features.values;
  forcing.input.padded = conditioning.padded;
  forcing.warnings = conditioning.warnings;
  const std::size_t samples = std::max(forcing.input.signal.size(), forcing.input.classes.size());
  const std::vector<std::string> more = duration_warnings(network, conditioning, samples);
  forcing.warnings.insert(forcing.warnings.end(), more.begin(), more.end());
}

std::vector<int> as_integers(const std::filesystem::path& path, const std::string& name, const Tensor& tensor) {
  std::vector<int> integers;
  for (const float value : tensor.values) {
    if (!(std::abs(value) <= 1 << 24) || value != std::floor(value)) {
      throw bad_tensor(path, name, "expected whole numbers, found " + std::to_string(value));
    }
    integers.push_back(int(value));
  }
  return integers;
}

// x (1, C, T), every column one-hot -> T classes
std::vector<int> decode_one_hot(const std::filesystem::path& path, const Tensor& x) {
  const auto classes = std::size_t(x.shape[1]), length = std::size_t(x.shape[2]);
  std::vector<int> labels(length, -1);
  for (std::size_t label = 0; label < classes; ++label) {
    for (std::size_t t = 0; t < length; ++t) {
      const float value = x.values[label * length + t];
      if (value == 0) continue;
      if (value != 1 || labels[t] >= 0) throw bad_tensor(path, "x", "column " + std::to_string(t) + " is not one-hot");
      labels[t] = int(label);
    }
  }
  for (std::size_t t = 0; t < length; ++t) {
    if (labels[t] < 0) throw bad_tensor(path, "x", "column " + std::to_string(t) + " is not one-hot");
  }
  return labels;
}

void read_input(const std::filesystem::path& path, const atrous::Tensors& tensors, TeacherForcing& input) {
  const auto x = tensors.find("x"), classes = tensors.find("classes");
  if (x == tensors.end() && classes == tensors.end()) {
    throw Error(ErrorCode::format, path.string() + ": expected a tensor 'x' or 'classes', found neither");
  }
  if (classes != tensors.end()) input.classes = as_integers(path, "classes", classes->second);
  if (x == tensors.end()) return;
  if (x->second.shape.size() != 3 || x->second.shape[0] != 1) {
    throw bad_tensor(path, "x", "expected the shape (1, C, T), found " + shape_text(x->second.shape));
  }
  if (x->second.shape[1] == 1) {
    input.signal = x->second.values;
  } else {
    input.classes = decode_one_hot(path, x->second);
  }
}

}  // namespace

std::vector<std::string> duration_warnings(const Network& network, const Conditioning& conditioning,
                                           std::size_t samples) {
  if (!network.info().features) return {};
  const std::size_t covered =
      atrous::conditioned_samples(network, conditioning.features.frames, conditioning.padded).value_or(0);
  const std::size_t slack = 8 * network.info().features->hop + samples / 50;
  if (covered <= samples + slack) return {};
  const auto seconds = [&](std::size_t count) { return fixed(double(count) / network.info().sample_rate, 2) + " s"; };
  return {"the features last " + seconds(covered) + " and the sound " + seconds(samples) +
          ": another hop than the model's, or another sound?"};
}

Forcing forcing_from(const std::filesystem::path& path, const Network& network,
                     const std::optional<Conditioning>& features) {
  check_input(path);
  const atrous::Tensors tensors = atrous::read_tensors(path);
  Forcing forcing;
  read_input(path, tensors, forcing.input);
  if (features) {
    set_features(forcing, *features, network);
  } else if (network.info().features) {
    set_features(forcing, atrous::read_conditioning(network.model(), path), network);
  }
  const auto g = tensors.find("g");
  if (g != tensors.end() && network.info().speakers > 0) {
    const std::vector<int> speaker = as_integers(path, "g", g->second);
    if (speaker.size() != 1) throw bad_tensor(path, "g", "expected one speaker, found " + shape_text(g->second.shape));
    forcing.input.speaker = speaker[0];
  }
  return forcing;
}

}  // namespace cli
