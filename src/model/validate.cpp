#include "model/validate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include <atrous/error.hpp>

#include "model/cost.hpp"
#include "model/field.hpp"
#include "model/hypernet.hpp"
#include "model/knobs.hpp"
#include "model/limits.hpp"
#include "model/precision.hpp"
#include "model/sizes.hpp"
#include "model/tensor_shapes.hpp"
#include "model/work.hpp"

namespace atrous::model {

namespace {

// Of the whole model; that of the model which makes its condition is checked as a part of it.
void check_config(const Field& root, const Config& config);

void check_conv(const Field& at, const Conv& conv, int longest = max_kernel) {
  (at / "in").range(conv.in, 1, max_channels);
  (at / "out").range(conv.out, 1, max_channels);
  (at / "kernel").range(conv.kernel, 1, longest);
  (at / "dilation").range(conv.dilation, 1, max_dilation);
  (at / "groups").groups(conv.groups, conv.in, conv.out);
}

void check_pointwise(const Field& at, const Pointwise& conv, int in) {
  (at / "out").range(conv.out, 1, max_channels);
  (at / "groups").groups(conv.groups, in, conv.out);
}

void check_activation(const Field& at, const Activation& activation, int width) {
  if (!activation.slopes.empty()) {
    (at / "negative_slopes").require(activation.kind == ActivationKind::prelu, "only PReLU has a slope per channel");
    (at / "negative_slopes").equal(std::int64_t(activation.slopes.size()), width, "one slope per channel");
  }
  for (const float slope : activation.slopes) (at / "negative_slopes").finite(slope);
  (at / "negative_slope").finite(activation.slope);
  (at / "min_slope").finite(activation.min_slope);
  (at / "max_slope").finite(activation.max_slope);
  (at / "min_val").finite(activation.min);
  (at / "max_val").finite(activation.max);
  (at / "min_val").require(activation.min <= activation.max, "expected at most max_val");
}

void check_films(const Field& at, const Layer& layer, int channels, int condition) {
  for (std::size_t i = 0; i < film_points; ++i) {
    if (!layer.film[i]) continue;
    const auto point = static_cast<FilmPoint>(i);
    const Field film = at / film_name(point);
    film.require(condition > 0, "there is no condition to modulate by");
    film.require(point != FilmPoint::residual_post || layer.residual, "there is no residual to modulate");
    film.require(point != FilmPoint::skip_post || layer.skip, "there is no skip to modulate");
    const int rows = (layer.film[i]->shift ? 2 : 1) * film_width(layer, point, channels, condition);
    (film / "groups").groups(layer.film[i]->groups, condition, rows);
  }
}

// Of the convs of a layer that stand side by side.
void check_branches(const Field& at, const Layer& layer, int channels) {
  (at / "branches").range(std::int64_t(layer.branches.size()), 0, max_branches);
  (at / "merge").require(layer.merge == Merge::sum || !layer.branches.empty(), "there are no branches");
  const char* const rows = layer.gating == Gating::none ? "bottleneck" : "twice the bottleneck";
  std::int64_t all = 0;
  const auto check = [&](const Field& branch, const Conv& conv) {
    check_conv(branch, conv);
    (branch / "in").equal(conv.in, channels, "the stack's channels");
    if (!layer.concatenates()) (branch / "out").equal(conv.out, layer.z_rows(), rows);
    all += conv.out;
  };
  check(at / "conv", layer.conv);
  for (std::size_t n = 0; n < layer.branches.size(); ++n) check((at / "branches")[n], layer.branches[n]);
  if (layer.concatenates()) (at / "branches").equal(all, layer.z_rows(), "rows of z, those of conv among them");
}

void check_layer(const Field& at, const Layer& layer, int channels, const WaveNet& net) {
  (at / "bottleneck").range(layer.bottleneck, 1, max_channels / 2);
  const int rows = layer.z_rows();
  check_branches(at, layer, channels);
  (at / "mixin_groups").groups(layer.mixin_groups, net.condition.channels, rows);
  (at / "mixin_bias").require(!layer.mixin_bias || net.condition.kind != ConditionKind::none, "there is no condition");
  (at / "speaker_bias").require(!layer.speaker_bias || net.speakers, "there are no speakers");
  check_activation(at / "activation", layer.activation, layer.bottleneck);
  if (layer.gating != Gating::none) check_activation(at / "secondary_activation", layer.secondary, layer.bottleneck);
  if (layer.skip) check_pointwise(at / "skip", *layer.skip, layer.bottleneck);
  if (layer.residual) {
    check_pointwise(at / "residual", *layer.residual, layer.bottleneck);
    (at / "residual.out").equal(layer.residual->out, channels, "the stack's channels");
  }
  check_films(at, layer, channels, net.condition.channels);
  (at / "skip_scale").finite(layer.skip_scale);
  (at / "residual_scale").finite(layer.residual_scale);
}

// Returns the width of the skip sum, or of the head where the stack has one; `previous` is that of the stack before,
// or 0.
int check_stack(const Field& at, const Stack& stack, int previous, const WaveNet& net) {
  const int channels = stack.input.out;
  check_conv(at / "input", stack.input);
  check_activation(at / "input_activation", stack.input_activation, channels);
  (at / "layers").range(std::int64_t(stack.layers.size()), 1, max_layers);
  const int width = previous > 0 ? previous : stack.layers.front().skip_width();
  for (std::size_t n = 0; n < stack.layers.size(); ++n) {
    const Field layer = (at / "layers")[n];
    check_layer(layer, stack.layers[n], channels, net);
    layer.equal(stack.layers[n].skip_width(), width, "rows of the skip sum");
  }
  if (!stack.head) return width;
  check_conv(at / "head", *stack.head);
  (at / "head.in").equal(stack.head->in, width, "rows of the skip sum");
  return stack.head->out;
}

// Returns the width that leaves the stacks.
int check_stacks(const Field& at, const WaveNet& net, int inputs) {
  // Without stacks the post-net reads the signal, and nothing reads a condition or a speaker.
  const bool chain = net.input.kind == InputKind::signal && !net.post.empty() &&
                     net.condition.kind == ConditionKind::none && !net.speakers;
  at.range(std::int64_t(net.stacks.size()), chain ? 0 : 1, max_stacks);
  int channels = inputs;
  int width = net.stacks.empty() ? inputs : 0;
  std::int64_t layers = 0;
  for (std::size_t s = 0; s < net.stacks.size(); ++s) {
    (at[s] / "input.in").equal(net.stacks[s].input.in, channels, s == 0 ? "the input" : "the stack before");
    width = check_stack(at[s], net.stacks[s], width, net);
    channels = net.stacks[s].input.out;
    layers += std::int64_t(net.stacks[s].layers.size());
    (at[s] / "layers").range(layers, 1, max_layers);
  }
  return width;
}

// Cells keep the defaults of what they have not of a convolution.
void check_cells(const Field& at, const Conv& conv) {
  (at / "conv.out").range(conv.out, 1, max_channels / 4);
  (at / "conv.kernel").equal(conv.kernel, 1, "cells have no taps");
  (at / "conv.dilation").equal(conv.dilation, 1, "cells have no taps");
  (at / "conv.groups").equal(conv.groups, 1, "cells have no groups");
  (at / "conv.bias").require(conv.bias, "cells have a bias");
}

int check_post(const Field& at, const WaveNet& net, int width) {
  const std::vector<PostLayer>& post = net.post;
  at.range(std::int64_t(post.size()), 0, max_post_layers);
  for (std::size_t n = 0; n < post.size(); ++n) {
    check_activation(at[n] / "activation", post[n].activation, width);
    const bool fir = post[n].is_fir() && !net.generates();
    check_conv(at[n] / "conv", post[n].conv, fir ? max_fir_taps : max_kernel);
    (at[n] / "implementation")
        .require(fir || post[n].implementation == Implementation::automatic,
                 "expected auto: only an effect's filter of one row, of several taps and dilation 1 has a choice");
    if (has_cells(post[n].kind)) check_cells(at[n], post[n].conv);
    (at[n] / "conv.in").equal(post[n].conv.in, width, "the conv before");
    width = post[n].conv.out;
  }
  at.require(post.empty() || post.back().kind == PostKind::conv, "expected a conv as the last entry");
  return width;
}

void check_code(const Field& at, const Code& code) {
  (at / "classes").range(code.classes, 2, max_classes);
  (at / "first").range(code.first, 0, code.classes - 1);
  if (code.kind == CodeKind::nsynth) (at / "classes").equal(code.classes, 256, "nsynth");
}

// Returns the width of what the first stack reads.
int check_input(const Field& at, const Config& config) {
  const Input& input = config.wavenet.input;
  const bool signal = input.kind == InputKind::signal;
  (at / "channels").range(input.channels, 1, max_audio_channels);
  if (signal && config.wavenet.output.kind == OutputKind::waveform) return input.channels;
  (at / "channels").equal(input.channels, 1, "the last sample");
  at.require(signal || config.code, "this kind needs a code");
  return input.kind == InputKind::one_hot ? config.code->classes : 1;
}

// Returns the bins after a stage that gets `bins`.
int check_upsample_stage(const Field& at, const UpsampleStage& stage, int bins) {
  (at / "in").equal(stage.in, bins, "the bins before");
  (at / "out").range(stage.out, 1, max_channels);
  if (!mixes_bins(stage)) (at / "out").equal(stage.out, stage.in, "in");
  (at / "groups").groups(stage.groups, stage.in, stage.out);
  if (!mixes_bins(stage)) (at / "groups").equal(stage.groups, 1, "this kind has no groups");
  (at / "stride").range(stage.stride, 1, max_stride);
  (at / "kernel").range(stage.kernel, 1, max_kernel);
  (at / "dilation").range(stage.dilation, 1, max_stride);
  (at / "frequency_kernel").range(stage.frequency_kernel, 1, 2 * max_channels - 1);
  (at / "frequency_kernel").require(stage.frequency_kernel % 2 == 1, "expected an odd number");
  (at / "padding").range(stage.padding, 0, std::int64_t{stage.dilation} * (stage.kernel - 1));
  (at / "output_padding").range(stage.output_padding, 0, std::max(stage.stride, stage.dilation) - 1);
  check_activation(at / "activation", stage.activation, stage.out);
  return stage.out;
}

// The settings that a kind of stage does not have keep their defaults, so that nothing in a file is silently ignored.
void check_stage_settings(const Field& at, const UpsampleStage& stage) {
  const bool transposed = stage.kind == UpsampleKind::transposed || stage.kind == UpsampleKind::transposed2d;
  const bool two_dimensional = stage.kind == UpsampleKind::stretch || stage.kind == UpsampleKind::transposed2d;
  if (!two_dimensional) (at / "frequency_kernel").equal(stage.frequency_kernel, 1, "this kind works over time alone");
  if (!transposed) {
    (at / "padding").equal(stage.padding, 0, "this kind has no padding");
    (at / "output_padding").equal(stage.output_padding, 0, "this kind has no padding");
    (at / "dilation").equal(stage.dilation, 1, "this kind has no dilation");
  }
  if (stage.kind == UpsampleKind::conv) (at / "stride").equal(stage.stride, 1, "this kind has no stride");
  if (stage.kind == UpsampleKind::repeat) {
    (at / "kernel").equal(stage.kernel, 1, "this kind has no kernel");
    (at / "bias").require(!stage.bias, "this kind has no bias");
  }
  if (stage.kind == UpsampleKind::stretch) (at / "kernel").require(stage.kernel % 2 == 1, "expected an odd number");
}

void check_features_condition(const Field& at, const Condition& condition) {
  (at / "bins").range(condition.bins, 1, max_channels);
  (at / "pad").range(condition.pad, 0, max_pad);
  (at / "upsampler").range(std::int64_t(condition.upsampler.size()), 0, max_upsample_stages);
  int bins = condition.bins;
  std::int64_t stride = 1;
  for (std::size_t n = 0; n < condition.upsampler.size(); ++n) {
    const Field stage = (at / "upsampler")[n];
    bins = check_upsample_stage(stage, condition.upsampler[n], bins);
    check_stage_settings(stage, condition.upsampler[n]);
    stride *= condition.upsampler[n].stride;
    (stage / "stride").range(stride, 1, max_stride);
  }
  (at / "channels").equal(condition.channels, bins, "the bins after the upsampler");
}

// The inner model has been validated by itself when it was read.
void check_condition_model(const Field& at, const Config& config) {
  const Condition& condition = config.wavenet.condition;
  at.require(config.wavenet.input.kind == InputKind::signal, "a model as condition needs a signal as input");
  const Field model = at / "model";
  model.require(condition.model != nullptr, "missing, but condition.kind is model");
  const Config& inner = condition.model->config;
  check_config(model, inner);
  (model / "sizes").require(condition.model->sizes.empty(), "a condition has one size");
  (model / "knobs").require(inner.knobs.empty(), "a condition hears the knobs of the whole");
  (model / "front").require(!inner.front, "a condition hears what the whole hears");
  (model / "output.kind").require(inner.wavenet.output.kind == OutputKind::waveform, "expected waveform");
  (model / "condition.kind")
      .require(inner.wavenet.condition.kind != ConditionKind::features, "a condition cannot need features of its own");
  (model / "input.channels").equal(inner.wavenet.input.channels, config.wavenet.input.channels, "the input's channels");
  for (std::size_t n = 0; config.wavenet.generates() && n < inner.wavenet.post.size(); ++n) {  // no FFT in steps
    ((model / "post")[n] / "conv.kernel").range(inner.wavenet.post[n].conv.kernel, 1, max_kernel);
  }
  (model / "sample_rate").real_range(inner.sample_rate, config.sample_rate, config.sample_rate);
  (at / "channels").equal(condition.channels, inner.wavenet.output.channels, "outputs of the inner model");
}

// Likewise; the rows of sound go through both.
void check_front(const Field& at, const Config& config) {
  if (!config.front) return;
  const Config& front = config.front->config;
  check_config(at, front);
  (at / "sizes").require(config.front->sizes.empty(), "a model before another has one size");
  (at / "output.kind").require(front.wavenet.output.kind == OutputKind::waveform, "expected waveform");
  (at / "condition.kind")
      .require(front.wavenet.condition.kind != ConditionKind::features, "a model before another hears no features");
  at.require(config.wavenet.input.kind == InputKind::signal && !config.wavenet.generates(),
             "only what hears a signal can hear another model");
  (at / "input.channels").equal(audio_channels(front), audio_channels(config), "channels of sound");
  (at / "output.channels").equal(front.wavenet.output.channels, audio_channels(config), "channels of sound");
  (at / "sample_rate").real_range(front.sample_rate, config.sample_rate, config.sample_rate);
  (at / "knobs").require(config.knobs.empty() || knob_infos(front).empty(), "only one of both may have knobs");
}

void check_condition(const Field& at, const Config& config) {
  const WaveNet& net = config.wavenet;
  const Condition& condition = net.condition;
  (at / "model").require(condition.kind == ConditionKind::model || !condition.model, "condition.kind is not model");
  if (condition.kind == ConditionKind::features) return check_features_condition(at, condition);
  (at / "upsampler").require(condition.upsampler.empty(), "only features have an upsampler");
  (at / "bins").equal(condition.bins, 0, "only features have bins");
  (at / "pad").equal(condition.pad, 0, "only features are padded");
  switch (condition.kind) {
    case ConditionKind::none:
      return (at / "channels").equal(condition.channels, 0, "there is no condition");
    case ConditionKind::model:
      return check_condition_model(at, config);
    case ConditionKind::signal:
      at.require(net.input.kind == InputKind::signal, "a signal as condition needs a signal as input");
      return (at / "channels").equal(condition.channels, net.input.channels, "the input's channels");
    case ConditionKind::features:
      return;  // above
  }
}

void check_speakers(const Field& at, const std::optional<Speakers>& speakers) {
  if (!speakers) return;
  (at / "count").range(speakers->count, 1, max_speakers);
  (at / "channels").range(speakers->channels, 1, max_channels);
}

void check_input_skip(const Field& at, const Config& config) {
  const WaveNet& net = config.wavenet;
  at.finite(net.output.input_skip);
  if (net.output.input_skip == 0) return;
  at.require(net.output.kind == OutputKind::waveform, "only a waveform can have its input added");
  at.require(net.output.channels <= audio_channels(config), "there are more outputs than inputs to add");
}

void check_output(const Field& at, const Config& config, int width) {
  const Output& output = config.wavenet.output;
  (at / "channels").equal(output.channels, width, "rows of the last conv");
  (at / "scale").finite(output.scale);
  check_input_skip(at / "input_skip", config);
  (at / "quantize_channels").range(output.quantize_channels, 2, max_quantize_channels);
  (at / "log_scale_min").finite(output.log_scale_min);
  const OutputRow& row = row_of(output.kind);
  switch (row.rows) {
    case OutputRows::channels:
      return (at / "channels").range(output.channels, 1, max_audio_channels);
    case OutputRows::classes:
      at.require(config.code.has_value(), "this kind needs a code");
      return (at / "channels").equal(output.channels, config.code->classes, "code.classes");
    case OutputRows::multiple:
      if (output.channels % row.count == 0) return;
      (at / "channels").fail("expected a multiple of " + std::to_string(row.count) + " (" + row.meaning + ")");
    case OutputRows::exact:
      return (at / "channels").equal(output.channels, row.count, row.meaning);
  }
}

void check_features(const Field& at, const Config& config) {
  if (!config.features) return;
  const Features& features = *config.features;
  (at / "sample_rate").real_range(features.sample_rate, min_sample_rate, max_sample_rate);
  (at / "fft").range(features.fft, 2, max_fft);
  (at / "window").range(features.window, 1, features.fft);
  (at / "hop").range(features.hop, 1, max_stride);
  (at / "bins").range(features.bins, 1, max_channels);
  if (config.wavenet.condition.kind == ConditionKind::features) {
    (at / "bins").equal(features.bins, config.wavenet.condition.bins, "condition.bins");
  }
  (at / "fmax").real_range(features.fmax, 0.0, features.sample_rate / 2);
  (at / "fmin").require(features.fmin >= 0 && features.fmin < features.fmax, "expected 0 or more and below fmax");
  (at / "power").real_range(features.power, 0.01, 100.0);
  (at / "floor").finite(features.floor);
  (at / "floor").require(features.log_base == LogBase::none || features.floor > 0, "expected more than 0");
  (at / "log_scale").finite(features.log_scale);
  (at / "log_offset").finite(features.log_offset);
  if (features.clip_min) (at / "clip_min").finite(*features.clip_min);
  if (features.clip_max) (at / "clip_max").finite(*features.clip_max);
  (at / "clip_min")
      .require(!features.clip_min || !features.clip_max || *features.clip_min <= *features.clip_max,
               "expected at most clip_max");
}

// However short the sound: a small file must not make it take minutes.
void check_front_end_cost(const Field& root, const Config& config) {
  if (config.features) (root / "features.hop").cost(features_cost(*config.features), max_features_cost);
  (root / "waveform.highpass_taps").cost(highpass_cost(config), max_highpass_cost);
}

void check_waveform(const Field& at, const Config& config) {
  const Waveform& waveform = config.waveform;
  (at / "highpass_hz").real_range(waveform.highpass_hz, 0.0, config.sample_rate / 2);
  (at / "highpass_taps").range(waveform.highpass_taps, 1, max_taps - 1);
  (at / "highpass_taps").require(waveform.highpass_taps % 2 == 1, "expected an odd number");
  (at / "gain").real_range(waveform.gain, 1e-6, 1e6);
  (at / "preemphasis").real_range(waveform.preemphasis, 0.0, 0.9999);
  const Field mulaw = at / "mulaw";
  mulaw.real_range(waveform.mulaw, 0.0, double{max_classes});
  const WaveNet& net = config.wavenet;
  const bool samples = net.input.kind == InputKind::signal && !gives_classes(net.output.kind);
  mulaw.require(waveform.mulaw == 0 || (net.generates() && samples),
                "only for a model that generates samples and hears them; classes have a code");
}

void check_tensors(const ModelData& data) {
  const Field root{data.name, ""};
  std::set<std::string> known;
  for (const TensorShape& wanted : tensor_shapes(data.config)) {
    const std::vector<float>& values = find_tensor(data.tensors, wanted, data.name).values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) (root / wanted.name).fail("value " + std::to_string(i) + " is not finite");
    }
    known.insert(wanted.name);
  }
  for (const auto& [name, tensor] : data.tensors) {
    if (!known.contains(name)) (root / in_quotes(name)).fail("a tensor that the configuration does not call for");
  }
}

void check_hypernet(const ModelData& data) {
  if (!data.config.hypernet) return;
  const Field root{data.name, ""};
  (root / "sizes").require(data.sizes.empty(), "a model with a hypernet has one size");
  (root / "precision").require(data.precision == Precision::f32, "a hypernet makes weights in f32");
}

void check_metadata(const Field& at, const Metadata& metadata) {
  const auto level = [&](const char* key, const std::optional<double>& value) {
    if (value) (at / key).real_range(*value, -max_level_db, max_level_db);
  };
  level("loudness_db", metadata.loudness_db);
  level("gain", metadata.gain);
  level("input_level_dbu", metadata.input_level_dbu);
  level("output_level_dbu", metadata.output_level_dbu);
}

void check_config(const Field& root, const Config& config) {
  (root / "sample_rate").real_range(config.sample_rate, min_sample_rate, max_sample_rate);
  (root / "prewarm_samples").range(config.prewarm_samples, 0, max_prewarm_samples);
  if (config.code) check_code(root / "code", *config.code);
  const int inputs = check_input(root / "input", config);
  validate_knobs(root / "knobs", config);
  check_front(root / "front", config);
  check_condition(root / "condition", config);
  check_speakers(root / "speakers", config.wavenet.speakers);
  const int rows = check_stacks(root / "stacks", config.wavenet, inputs);
  check_output(root / "output", config, check_post(root / "post", config.wavenet, rows));
  check_features(root / "features", config);
  check_waveform(root / "waveform", config);
  validate_hypernet(root / "hypernet", config);
  check_front_end_cost(root, config);
  check_memory(root, config);
}

}  // namespace

void validate_config(const Config& config, const std::string& file) {
  check_config(Field{file, ""}, config);
}

void validate(const ModelData& data) {
  validate_config(data.config, data.name);
  check_metadata(Field{data.name, "metadata"}, data.metadata);
  check_tensors(data);
  check_hypernet(data);
  validate_precision(data);
  validate_sizes(data);
  check_cost(data);
}

}  // namespace atrous::model
