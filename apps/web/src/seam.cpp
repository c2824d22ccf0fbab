// What JavaScript cannot say in terms of <atrous/atrous.h>: structs, and 64-bit numbers. The rest it calls itself.
#include <atrous/atrous.h>

#include <cmath>
#include <cstdio>
#include <string>

namespace {

// Facts as JSON, which JavaScript reads best.
class Json {
 public:
  void text(const char* name, const char* value) {
    key(name);
    quote(value);
  }
  void number(const char* name, double value) {
    char digits[32];
    std::snprintf(digits, sizeof(digits), "%.17g", value);
    key(name);
    result_ += std::isfinite(value) ? digits : "null";
  }
  void truth(const char* name, bool value) {
    key(name);
    result_ += value ? "true" : "false";
  }
  void open(const char* name, char bracket) {
    key(name);
    result_ += bracket;
  }
  void close(char bracket) { result_ += bracket; }
  void item(const char* value) {
    separate();
    quote(value);
  }
  void item(double value) { number(nullptr, value); }
  const char* get() const { return result_.c_str(); }

 private:
  void separate() {
    if (!result_.empty() && result_.back() != '{' && result_.back() != '[') result_ += ',';
  }
  void key(const char* name) {
    separate();
    if (!name) return;
    quote(name);
    result_ += ':';
  }
  void quote(const char* value) {
    result_ += '"';
    for (const char* c = value; *c; ++c) {
      char escaped[8];
      const bool plain = static_cast<unsigned char>(*c) >= 0x20 && *c != '"' && *c != '\\';
      std::snprintf(escaped, sizeof(escaped), plain ? "%c" : "\\u%04x", static_cast<unsigned char>(*c));
      result_ += escaped;
    }
    result_ += '"';
  }

  std::string result_;
};

void add_model(Json& json, const atrous_model* model) {
  atrous_model_info info{};
  info.struct_size = sizeof(info);
  if (atrous_model_get_info(model, &info) != ATROUS_OK) return;
  json.text("format", info.format);
  json.text("architecture", info.architecture);
  json.text("name", info.name);
  json.number("sampleRate", info.sample_rate);
  json.number("loudnessDb", info.loudness_db);
  json.number("gain", info.gain);
  json.number("inputLevelDbu", info.input_level_dbu);
  json.number("outputLevelDbu", info.output_level_dbu);
  double bounds[256];
  const size_t sizes = atrous_model_size_bounds(model, bounds, 256);
  json.open("sizeBounds", '[');
  for (size_t i = 0; i < sizes; ++i) json.item(bounds[i]);
  json.close(']');
}

void add_knobs(Json& json, const atrous_network* network) {
  json.open("knobs", '[');
  for (size_t i = 0; i < atrous_network_knobs(network); ++i) {
    atrous_knob knob{};
    knob.struct_size = sizeof(knob);
    if (atrous_network_get_knob(network, i, &knob) != ATROUS_OK) continue;
    json.open(nullptr, '{');
    json.text("name", knob.name);
    json.number("min", knob.min);
    json.number("max", knob.max);
    json.number("defaultValue", knob.default_value);
    json.open("positions", '[');
    for (size_t p = 0; const char* name = atrous_network_knob_position(network, i, p); ++p) json.item(name);
    json.close(']');
    json.close('}');
  }
  json.close(']');
}

void add_network(Json& json, const atrous_network* network) {
  atrous_network_info info{};
  info.struct_size = sizeof(info);
  if (atrous_network_get_info(network, &info) != ATROUS_OK) return;
  json.text("isa", info.isa);
  json.text("precision", info.precision);
  json.number("receptiveField", double(info.receptive_field));
  json.number("parameters", double(info.parameters));
  json.number("macsPerSample", double(info.macs_per_sample));
  json.number("weightBytes", double(info.weight_bytes));
  json.number("layers", info.layers);
  json.number("inputs", info.inputs);
  json.number("outputs", info.outputs);
  json.number("speakers", info.speakers);
  json.number("bins", double(info.feature_bins));
  json.number("hop", double(info.feature_hop));
  json.truth("generates", info.generates != 0);
  json.truth("recurrent", info.recurrent != 0);
  add_knobs(json, network);
  json.open("warnings", '[');
  for (size_t i = 0; const char* line = atrous_network_warning(network, i); ++i) json.item(line);
  json.close(']');
}

}  // namespace

extern "C" {

// What there is to say of a model and its network, as JSON; valid until the next call. NULL where memory ran out.
const char* atrous_web_facts(const atrous_model* model, const atrous_network* network) {
  static Json json;
  try {
    json = Json();
    json.open(nullptr, '{');
    add_model(json, model);
    add_network(json, network);
    json.close('}');
    return json.get();
  } catch (...) {
    return nullptr;
  }
}

// `precision`: NULL for the model's own.
atrous_status atrous_web_network(const atrous_model* model, const char* precision, double size, int all_sizes,
                                 atrous_network** network) {
  atrous_network_options options = ATROUS_NETWORK_OPTIONS;
  options.precision = precision;
  options.size = size;
  options.all_sizes = all_sizes;
  return atrous_network_create(model, &options, network);
}

// `sample_rate` 0: the model's own. `knobs`: NULL, or a value for each. `oversample_phase`: NULL for "linear".
atrous_status atrous_web_effect(const atrous_network* network, double sample_rate, size_t max_block, int channels,
                                double input_gain, double output_gain, double ceiling, const double* knobs,
                                size_t knob_count, double knob_ramp, size_t oversample, const char* oversample_phase,
                                int rest, atrous_effect** effect) {
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  options.sample_rate = sample_rate;
  options.max_block = max_block;
  options.channels = channels;
  options.input_gain = input_gain;
  options.output_gain = output_gain;
  options.ceiling = ceiling;
  options.knobs = knobs;
  options.knob_count = knob_count;
  options.knob_ramp = knob_ramp;
  options.oversample = oversample;
  options.oversample_phase = oversample_phase;
  options.rest = rest;
  return atrous_effect_create(network, &options, effect);
}

// `seed` and `voice`: whole numbers below 2^53.
atrous_status atrous_web_generator(const atrous_network* network, double seed, double voice, double temperature,
                                   int greedy, int speaker, atrous_generator** generator) {
  atrous_generator_options options = ATROUS_GENERATOR_OPTIONS;
  options.seed = uint64_t(seed);
  options.voice = uint64_t(voice);
  options.temperature = temperature;
  options.greedy = greedy;
  options.speaker = speaker;
  return atrous_generator_create(network, &options, generator);
}
}
