// atrous mel: the features that a model expects of a sound.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/tensors.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "sound.hpp"

namespace cli {
namespace {

using atrous::Error;
using atrous::ErrorCode;
using atrous::FeatureMatrix;

struct Options {
  std::filesystem::path in, out, model;
};

// (frames, bins) -> c (1, bins, frames)
atrous::Tensor as_tensor(const FeatureMatrix& features) {
  atrous::Tensor c{.shape = {1, std::int64_t(features.bins), std::int64_t(features.frames)},
                   .values = std::vector<float>(features.values.size())};
  for (std::size_t frame = 0; frame < features.frames; ++frame) {
    for (std::size_t bin = 0; bin < features.bins; ++bin) {
      c.values[bin * features.frames + frame] = features.values[frame * features.bins + bin];
    }
  }
  return c;
}

int mel(const Options& options) {
  check_input(options.in);
  check_input(options.model);
  check_output(options.out, {options.in, options.model});
  const std::string kind = extension(options.out);
  if (kind != ".npy" && kind != ".safetensors") {
    throw Error(ErrorCode::argument, options.out.string() + ": expected the extension .npy or .safetensors");
  }
  const atrous::Model model = atrous::Model::load(options.model);
  const std::vector<float> sound = read_mono(options.in, model.sample_rate());
  const FeatureMatrix features = atrous::compute_features(model, sound, model.sample_rate());
  if (features.frames == 0) throw Error(ErrorCode::argument, options.in.string() + ": is too short for a single frame");
  write_or_fail([&] {
    if (kind == ".npy") {
      atrous::write_features(options.out, features);
    } else {
      atrous::write_tensors(options.out, {{"c", as_tensor(atrous::pad_features(model, features))}});
    }
  });
  return 0;
}

}  // namespace

Action add_mel(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("WAV", options->in, "Sound, resampled to the model's rate and mixed to one channel")->required();
  command
      .add_option(
          "OUT", options->out,
          "Features to write: .npy is float32 (frames, bins); .safetensors holds c (1, bins, frames), padded as "
          "the model pads it")
      ->required();
  command.add_option("--like", options->model, "Model whose front end to use")->required()->type_name("MODEL");
  return [options] { return mel(*options); };
}

}  // namespace cli
