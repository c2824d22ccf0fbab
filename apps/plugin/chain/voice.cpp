#include "chain/voice.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace plugin {

namespace {

double from_db(double db) {
  return std::pow(10.0, db / 20);
}

constexpr double normal_loudness_db = -18;

}  // namespace

// Calibration says what the model reads; what leaves it is normalised where both are asked for. Where the model does
// not state what a gain needs, there is none.
Gains gains_of(const Model* model, const Settings& settings) noexcept {
  double input = from_db(double(settings[input_gain]));
  double output = from_db(double(settings[output_gain]));
  if (!model) return {float(input), float(output)};
  const auto host = double(settings[host_level]);
  const bool calibrated = settings.on(calibrate);
  if (calibrated && model->input_level_dbu) input *= from_db(host - *model->input_level_dbu);
  if (settings.on(normalize)) {
    if (model->loudness_db) output *= from_db(normal_loudness_db - *model->loudness_db);
  } else if (calibrated && model->output_level_dbu) {
    output *= from_db(*model->output_level_dbu - host);
  }
  return {float(input), float(output)};
}

Voice::Voice(std::shared_ptr<const Model> model, double sample_rate, int channels, const Settings& settings)
    : model_(std::move(model)), quality_(settings[quality]) {
  std::vector<double> knobs;
  for (const ModelKnob& knob : model_->knobs) {
    const std::size_t i = knobs.size();
    knobs.push_back(i < knob_count ? knob_value(knob, settings.values[first_knob + i]) : knob.usual);
    if (i < knob_count) knobs_[i] = knobs.back();
  }
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  options.sample_rate = sample_rate;
  options.max_block = max_frames;
  options.channels = channels;
  options.knobs = knobs.data();
  options.knob_count = knobs.size();
  options.knob_ramp = ramp_seconds;
  options.oversample = std::size_t(oversampling(settings[oversample]));
  options.oversample_phase = settings.on(minimum_phase) ? "minimum" : "linear";
  effect_ = make<atrous_effect>(atrous_effect_create, model_->network.get(), &options);
  atrous_effect_set_size(effect_.get(), double(quality_) / 100);
  atrous_effect_reset(effect_.get());  // into that size at once
}

void Voice::process(Block& block, const Settings& settings, int ramp) noexcept {
  follow(settings, ramp);
  multiply(block, input_);
  if (effect_) {
    atrous_effect_process(effect_.get(), block.rows, block.rows, std::size_t(block.channels),
                          std::size_t(block.frames));
  }
  multiply(block, output_);
}

// Before the first block all is in place at once.
void Voice::follow(const Settings& settings, int ramp) noexcept {
  if (settings_ && settings_->values == settings.values) return;
  if (turn(settings) && !settings_) atrous_effect_reset(effect_.get());
  const Gains gains = gains_of(model_.get(), settings);
  if (settings_) {
    input_.aim(gains.input, ramp);
    output_.aim(gains.output, ramp);
  } else {
    input_.jump(gains.input);
    output_.jump(gains.output);
  }
  settings_ = settings;
}

// What the engine itself leads over to. Whether there is any of it.
bool Voice::turn(const Settings& settings) noexcept {
  bool turned = settings[quality] != quality_;
  if (turned) atrous_effect_set_size(effect_.get(), double(settings[quality]) / 100);
  quality_ = settings[quality];
  if (!model_) return turned;
  for (std::size_t i = 0; i < std::min<std::size_t>(knob_count, model_->knobs.size()); ++i) {
    const double value = knob_value(model_->knobs[i], settings.values[first_knob + i]);
    if (std::exchange(knobs_[i], value) == value) continue;
    atrous_effect_set_knob(effect_.get(), i, value);
    turned = true;
  }
  return turned;
}

void Voice::reset() noexcept {
  atrous_effect_reset(effect_.get());
  settings_.reset();
}

int Voice::latency() const noexcept {
  return int(atrous_effect_latency(effect_.get()));
}

double Voice::exact_latency() const noexcept {
  return atrous_effect_exact_latency(effect_.get());
}

}  // namespace plugin
