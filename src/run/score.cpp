#include <algorithm>
#include <optional>
#include <string>

#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/score.hpp>

#include "features/waveform.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"
#include "run/code.hpp"
#include "run/scoring.hpp"

namespace atrous {
namespace {

constexpr std::size_t piece_frames = 1 << 12;  // samples

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::argument, "score: " + message);
}

bool uses_classes(const model::WaveNet& net) {
  return net.input.kind != model::InputKind::signal || model::gives_classes(net.output.kind);
}

void encode(const model::Config& config, std::span<const float> signal, std::vector<int>& classes) {
  classes.clear();
  if (!uses_classes(config.wavenet)) return;
  for (const float sample : signal) classes.push_back(run::encode(*config.code, sample));
}

// The network's output of `frames` steps, (frames, rows).
void to_columns(const kernels::Rows& out, int frames, std::size_t rows, std::vector<float>& columns) {
  columns.resize(std::size_t(frames) * rows);
  for (std::size_t t = 0; t < std::size_t(frames); ++t) {
    for (std::size_t row = 0; row < rows; ++row) {
      columns[t * rows + row] = out.data[std::ptrdiff_t(row) * out.stride + std::ptrdiff_t(t)];
    }
  }
}

// A network that reads samples and predicts classes, or the other way round, needs both.
void check_signal(const Network& network, const TeacherForcing& input, std::size_t length) {
  const model::WaveNet& net = Model::Access::data(network.model()).config.wavenet;
  const bool needed = net.input.kind == model::InputKind::signal || !model::gives_classes(net.output.kind);
  if (!needed || input.signal.size() == length) return;
  refuse("signal has " + std::to_string(input.signal.size()) + " samples, expected " + std::to_string(length));
}

}  // namespace

TeacherForcing teacher_forcing(const Model& model, std::span<const float> audio) {
  const model::Config& config = Model::Access::data(model).config;
  if (config.wavenet.output.kind == model::OutputKind::waveform)
    refuse("the model's output is a signal, not a distribution");
  TeacherForcing input;
  input.signal = shape_waveform(model, audio);
  encode(config, input.signal, input.classes);
  return input;
}

struct Scorer::State {
  Network network;
  std::optional<FeatureExtractor> front_end;
  features::Highpass highpass;
  features::WaveformShaper shaper;
  run::Scoring scoring;
  std::vector<int> classes;
  std::vector<float> columns;

  State(const Network& net, ScorerOptions options)
      : network(net),
        highpass(Model::Access::data(net.model()).config.waveform, net.info().sample_rate),
        shaper(Model::Access::data(net.model()).config.waveform),
        scoring(net, options.speaker, sink(std::move(options.outputs))) {
    if (options.front_end && net.info().features) front_end.emplace(net.model(), net.info().sample_rate);
  }

  run::Scoring::Outputs sink(ScorerOptions::Outputs outputs) {
    if (!outputs) return {};
    return [this, outputs = std::move(outputs)](const kernels::Rows& out, int frames) {
      to_columns(out, frames, std::size_t(network.info().outputs), columns);
      outputs(columns);
    };
  }

  void take(std::vector<float> sound) {
    shaper.process(sound);
    encode(Model::Access::data(network.model()).config, sound, classes);
    scoring.take(sound, classes);
  }

  stream::Conditioning& conditioning() {
    if (front_end || !scoring.conditioning()) refuse("features for a model that reads none, or makes its own");
    return *scoring.conditioning();
  }

  void append(std::span<const float> audio) {
    if (front_end) scoring.conditioning()->append(front_end->append(audio).values);
    take(highpass.append(audio));
  }
};

Scorer::Scorer(const Network& network, ScorerOptions options)
    : state_(std::make_unique<State>(network, std::move(options))) {}
Scorer::~Scorer() = default;
Scorer::Scorer(Scorer&&) noexcept = default;
Scorer& Scorer::operator=(Scorer&&) noexcept = default;

void Scorer::append(std::span<const float> audio) {
  for (std::size_t at = 0; at < audio.size(); at += piece_frames) {
    state_->append(audio.subspan(at, std::min(piece_frames, audio.size() - at)));
  }
}

void Scorer::append_features(std::span<const float> values, bool padded) {
  state_->conditioning().append(values, padded);
}

Score Scorer::finish() {
  State& state = *state_;
  if (state.front_end) state.scoring.conditioning()->append(state.front_end->finish().values);
  state.take(state.highpass.finish());
  return state.scoring.finish(state.front_end.has_value());
}

Score score(const Network& network, const TeacherForcing& input, bool keep_outputs) {
  const auto rows = std::size_t(network.info().outputs);
  const bool labelled = uses_classes(Model::Access::data(network.model()).config.wavenet);
  const std::size_t length = labelled ? input.classes.size() : input.signal.size();
  std::vector<float> outputs(keep_outputs ? rows * length : 0);
  std::size_t at = 0;
  run::Scoring::Outputs keep;
  if (keep_outputs) {
    keep = [&](const kernels::Rows& out, int frames) {
      for (std::size_t row = 0; row < rows; ++row) {
        std::copy_n(out.data + std::ptrdiff_t(row) * out.stride, frames, outputs.data() + row * length + at);
      }
      at += std::size_t(frames);
    };
  }
  run::Scoring scoring(network, input.speaker, std::move(keep));
  check_signal(network, input, length);
  if (auto& condition = scoring.conditioning()) {
    condition->append(input.features, input.padded);
    condition->finish();
  }
  for (std::size_t from = 0; from < length; from += piece_frames) {
    const std::size_t count = std::min(piece_frames, length - from);
    const auto piece = [&](const auto& values) {  // what the network does not use may be shorter
      const std::size_t begin = std::min(from, values.size());
      return std::span(values).subspan(begin, std::min(count, values.size() - begin));
    };
    scoring.take(piece(input.signal), piece(input.classes));
  }
  Score result = scoring.finish(false);
  result.outputs = std::move(outputs);
  return result;
}

}  // namespace atrous
