// atrous mel: the features that a model expects of a sound.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/tensors.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "sound.hpp"

namespace cli {
namespace {

using atrous::Error;
using atrous::ErrorCode;
using atrous::FeatureMatrix;

struct Options {
  std::filesystem::path in, out, model;
};

// A file of frames: .npy as they are, or .safetensors with the model's padding at both ends.
class Output {
 public:
  Output(const std::filesystem::path& path, const atrous::Model& model, std::size_t bins) {
    if (extension(path) == ".npy") {
      plain_.emplace(path, bins);
    } else {
      padded_.emplace(path, "c", bins);
      // One frame, padded, is copies of it before, itself, and as many after.
      const FeatureMatrix silence{.frames = 1, .bins = bins, .values = std::vector<float>(bins)};
      pad_ = (atrous::pad_features(model, silence).frames - 1) / 2;
    }
  }

  void append(const FeatureMatrix& features) {
    if (features.frames == 0) return;
    const std::span<const float> values = features.values;
    write_or_fail([&] {
      if (last_.empty()) repeat(values.first(features.bins));
      plain_ ? plain_->append(values) : padded_->append(values);
    });
    const auto last = values.last(features.bins);
    last_.assign(last.begin(), last.end());
  }

  bool empty() const { return last_.empty(); }

  void commit() {
    write_or_fail([&] {
      repeat(last_);
      plain_ ? plain_->commit() : padded_->commit();
    });
  }

 private:
  void repeat(std::span<const float> frame) {
    for (std::size_t i = 0; i < pad_; ++i) padded_->append(frame);
  }

  std::optional<atrous::FeatureWriter> plain_;
  std::optional<atrous::ColumnTensorWriter> padded_;
  std::size_t pad_ = 0;  // frames at either end
  std::vector<float> last_;
};

int mel(const Options& options) {
  check_input(options.in);
  check_input(options.model);
  check_output(options.out, {options.in, options.model});
  const std::string kind = extension(options.out);
  if (kind != ".npy" && kind != ".safetensors") {
    throw Error(ErrorCode::argument, options.out.string() + ": expected the extension .npy or .safetensors");
  }
  const atrous::Model model = atrous::Model::load(options.model);
  atrous::FeatureExtractor front_end(model, model.sample_rate());
  MonoReader sound(options.in, model.sample_rate());
  std::vector<float> piece = sound.next();
  FeatureMatrix features = front_end.append(piece);
  Output output(options.out, model, features.bins);
  for (; !piece.empty(); piece = sound.next(), features = front_end.append(piece)) output.append(features);
  output.append(front_end.finish());
  if (output.empty()) throw Error(ErrorCode::argument, options.in.string() + ": is too short for a single frame");
  output.commit();
  return 0;
}

}  // namespace

Action add_mel(CLI::App& command) {
  auto options = std::make_shared<Options>();
  add_sound_input(command, "WAV", options->in,
                  "Sound, resampled to the model's rate and mixed to one channel; - is the standard input")
      ->required();
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
