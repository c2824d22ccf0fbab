// What a fuzzer calls with every input: load it as a model, and where that works, and the model is small, run it in
// every size and precision, save it, and see that what is loaded again says and does the same. The only way out that is
// allowed is an atrous::Error of one line.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "model/access.hpp"
#include "model/config_json.hpp"
#include "model/cost.hpp"
#include "model/model_data.hpp"
#include "model_files.hpp"

namespace {

using namespace atrous;

constexpr std::int64_t most_weights = 200000, most_macs = 1 << 22, most_silence_macs = std::int64_t{1} << 27;

using Sound = std::vector<float>;

void check(bool holds) {
  if (!holds) std::abort();
}

// Every knob has a name that it is found by, and values that it may have.
void turn_knobs(const NetworkInfo& info, Effect& effect) {
  for (std::size_t i = 0; i < info.knobs.size(); ++i) {
    const KnobInfo& knob = info.knobs[i];
    check(find_knob(info.knobs, knob.name) == i);
    effect.set_knob(knob.name, knob.positions.empty() ? knob.max : knob_value(knob, knob.positions[1]));
    try {
      knob_value(knob, "\n");
    } catch (const Error&) {
    }
  }
}

// Where the network has several sizes, it changes from one to the next.
Sound run_effect(const Network& network) {
  const int channels = network.info().inputs;
  Effect effect(network, {.sample_rate = network.info().sample_rate, .max_block = 100, .channels = channels});
  Sound samples(std::size_t(channels) * 100, 0.5f);
  std::vector<float*> rows;
  for (int c = 0; c < channels; ++c) rows.push_back(samples.data() + std::ptrdiff_t(c) * 100);
  for (const std::size_t frames : {1, 100, 64}) {
    effect.process(rows, rows, frames);
    effect.set_size(0.3);
    turn_knobs(network.info(), effect);
  }
  effect.reset();
  return samples;
}

Sound run_generator(const Network& network) {
  Generator generator(network, {.seed = 1});
  const std::size_t bins = network.info().features ? network.info().features->bins : 0;
  generator.append_features(std::vector<float>(bins * 3, 0.25f));
  generator.finish();
  Sound samples(40, 0.5f);
  generator.prime(std::span(samples).first(std::min<std::size_t>(20, generator.available())));
  generator.fill(samples);
  generator.reset();
  return samples;
}

Sound run(const Network& network) {
  return network.info().generates ? run_generator(network) : run_effect(network);
}

bool is_small(const Network& network, const model::Config& config) {
  const std::int64_t macs = network.info().macs_per_sample;
  return macs <= most_macs && model::prewarm_length(config) * (macs + 64) <= most_silence_macs;
}

// The same bits, whatever they say.
bool same(const Sound& a, const Sound& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// The same configuration, and the same file once more: names, weights and their scales.
Model saved_and_loaded(const Model& model) {
  const std::string file = test::saved(model);
  const test::TemporaryFile copy("saved.safetensors");
  copy.write(file);
  Model loaded = Model::load(copy.path());
  check(model::config_to_json(Model::Access::data(loaded)) == model::config_to_json(Model::Access::data(model)));
  check(test::saved(loaded) == file);
  return loaded;
}

// A size in the middle of each that the model has; none where there is but one.
std::vector<std::optional<double>> sizes_of(const Model& model) {
  std::vector<std::optional<double>> sizes{std::nullopt};
  double low = 0;
  for (const double high : model.size_bounds()) {
    sizes.push_back((low + high) / 2);
    low = high;
  }
  return sizes;
}

void exercise_precisions(const Model& model) {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    const Network network(model, {.precision = precision});
    check(same(run(network), run(Network(saved_and_loaded(network.model())))));
  }
}

// Each size of the file as it is loaded again, and as a file of its own; then all of them in one network.
void exercise_sizes(const Model& model) {
  const Model loaded = saved_and_loaded(model);
  bool all_small = true;
  for (const std::optional<double>& size : sizes_of(model)) {
    const Network one(model, {.size = size});
    const bool small = is_small(one, Model::Access::data(one.model()).config);
    all_small = all_small && small;
    if (!small) continue;
    const Sound sound = run(one);
    check(same(sound, run(Network(loaded, {.size = size}))));
    if (size) check(same(sound, run(Network(saved_and_loaded(one.model())))));
  }
  if (!all_small || model.size_bounds().empty()) return;
  check(same(run(Network(model, {.all_sizes = true})), run(Network(loaded, {.all_sizes = true}))));
}

// What a model says of itself.
void check_facts(const Model& model) {
  const auto formats = model_formats();
  check(std::any_of(formats.begin(), formats.end(),
                    [&](const ModelFormat& each) { return each.name == model.format(); }));
  check(!model.architecture().empty() && std::isfinite(model.sample_rate()));
  check(std::isfinite(model.metadata().loudness_db.value_or(0)));
  for (const std::string& warning : model.warnings()) {
    check(!warning.empty() && warning.find('\n') == std::string::npos);
  }
}

void exercise(const Model& model) {
  check_facts(model);
  const model::Config& config = Model::Access::data(model).config;
  if (model.format() != ATROUS_FUZZ_FORMAT || model::count_weights(Model::Access::data(model)) > most_weights) return;
  const Network network(model);
  if (!is_small(network, config)) return;
  network.info().generates ? exercise_precisions(model) : exercise_sizes(model);
  check(saved_and_loaded(model.at_sample_rate(22050)).sample_rate() == 22050);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    exercise(Model::from_memory(std::as_bytes(std::span(data, size)), "input"));
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.empty() || message.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
