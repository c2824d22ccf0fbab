#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/score.hpp>

#include "model/model_data.hpp"
#include "run/code.hpp"
#include "run/likelihood.hpp"
#include "stream/conditioning.hpp"
#include "stream/floating_point.hpp"
#include "stream/forcing.hpp"

namespace atrous {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::argument, "score: " + message);
}

bool uses_classes(const model::WaveNet& net) {
  return net.input.kind != model::InputKind::signal || net.output.kind == model::OutputKind::categorical;
}

std::size_t length_of(const network::Plan& plan, const TeacherForcing& input) {
  const model::WaveNet& net = plan.config.wavenet;
  const bool hears_samples = net.input.kind == model::InputKind::signal;
  const std::size_t length = uses_classes(net) ? input.classes.size() : input.signal.size();
  if (length < 2) refuse("the sound has " + std::to_string(length) + " samples, expected at least 2");
  if (hears_samples && input.signal.size() != length) {
    refuse("signal has " + std::to_string(input.signal.size()) + " samples, expected " + std::to_string(length));
  }
  return length;
}

void check(const Network& network, const TeacherForcing& input) {
  const network::Plan& plan = network.plan();
  if (!network.info().generates) refuse("the model's output is a signal, not a distribution");
  if (input.speaker < 0 || input.speaker >= std::max(network.info().speakers, 1)) {
    refuse("speaker is " + std::to_string(input.speaker) + ", expected 0 to " +
           std::to_string(std::max(network.info().speakers, 1) - 1));
  }
  if (uses_classes(plan.config.wavenet)) {
    const int classes = plan.config.code->classes;
    for (const int label : input.classes) {
      if (label < 0 || label >= classes) {
        refuse("a class is " + std::to_string(label) + ", expected 0 to " + std::to_string(classes - 1));
      }
    }
  }
}

std::optional<stream::Conditioning> conditioning_for(const network::Plan& plan, const TeacherForcing& input,
                                                     std::size_t length) {
  if (!plan.upsampler) return std::nullopt;
  if (input.features.empty()) refuse("the model is conditioned on features, and none were given");
  std::optional<stream::Conditioning> condition(std::in_place, plan);
  if (input.padded)
    condition->append_padded(input.features);
  else
    condition->append(input.features);
  condition->finish();
  if (condition->available() < static_cast<std::int64_t>(length)) {
    refuse("the features cover " + std::to_string(condition->available()) + " samples, expected at least " +
           std::to_string(length));
  }
  return condition;
}

// What the network hears at its input, as samples; none where it hears classes one-hot.
std::vector<float> input_signal(const network::Plan& plan, const TeacherForcing& input) {
  if (plan.class_input) return {};
  if (plan.config.wavenet.input.kind != model::InputKind::class_value) return input.signal;
  std::vector<float> values;
  for (const int label : input.classes) values.push_back(run::class_value(*plan.config.code, label));
  return values;
}

double nll(const network::Plan& plan, const TeacherForcing& input, const float* y, std::size_t target) {
  const model::Output& output = plan.config.wavenet.output;
  switch (output.kind) {
    case model::OutputKind::categorical:
      return run::categorical_nll(y, output.channels, input.classes[target]);
    case model::OutputKind::logistic_mixture:
      return run::logistic_mixture_nll(y, output.channels / 3, static_cast<double>(input.signal[target]),
                                       output.quantize_channels, static_cast<double>(output.log_scale_min));
    default:
      return run::gaussian_nll(y, static_cast<double>(input.signal[target]), static_cast<double>(output.log_scale_min));
  }
}

}  // namespace

TeacherForcing teacher_forcing(const Model& model, std::span<const float> audio) {
  const model::Config& config = model.data().config;
  if (config.wavenet.output.kind == model::OutputKind::waveform)
    refuse("the model's output is a signal, not a distribution");
  TeacherForcing input;
  input.signal = shape_waveform(model, audio);
  if (uses_classes(config.wavenet)) {
    for (const float sample : input.signal) input.classes.push_back(run::encode(*config.code, sample));
  }
  return input;
}

Score score(const Network& network, const TeacherForcing& input, bool keep_outputs) {
  check(network, input);
  const stream::FloatingPointScope scope;
  const network::Plan& plan = network.plan();
  const std::size_t length = length_of(plan, input);
  const std::size_t rows = plan.info.outputs;
  std::optional<stream::Conditioning> condition = conditioning_for(plan, input, length);
  const std::vector<float> signal = input_signal(plan, input);
  std::vector<float> y(rows);

  Score result;
  result.steps = length - 1;
  if (keep_outputs) result.outputs.resize(rows * length);
  const auto warm_from = static_cast<std::size_t>(plan.info.receptive_field - 1);
  double sum = 0, warm_sum = 0;
  std::optional<stream::SpeakerBiases> speaker;
  if (plan.speakers) speaker.emplace(plan, input.speaker);
  stream::Forcing stream(plan, speaker ? &*speaker : nullptr, condition ? &*condition : nullptr);
  for (std::size_t t = 0; t < length; t += stream::block_frames) {
    const int frames = static_cast<int>(std::min<std::size_t>(length - t, stream::block_frames));
    const float* x = signal.empty() ? nullptr : signal.data() + t;
    const int* classes = input.classes.empty() ? nullptr : input.classes.data() + t;
    const kernels::Rows out = stream.run(x, classes, frames);
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
      for (std::size_t row = 0; row < rows; ++row) y[row] = out.data[static_cast<std::ptrdiff_t>(row) * out.stride + i];
      if (keep_outputs) {
        for (std::size_t row = 0; row < rows; ++row) result.outputs[row * length + t + i] = y[row];
      }
      if (t + i + 1 == length) break;
      const double nats = nll(plan, input, y.data(), t + i + 1);
      sum += nats;
      if (t + i >= warm_from) warm_sum += nats;
    }
  }
  const double warm_steps = result.steps > warm_from ? static_cast<double>(result.steps - warm_from) : 0.0;
  result.nll_nats = sum / static_cast<double>(result.steps);
  result.nll_nats_after_receptive_field =
      warm_steps > 0 ? warm_sum / warm_steps : std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace atrous
