// Networks whose knobs change their weights: HyperWaveNets against the stock files that they are at a setting.
#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "broken_files.hpp"
#include "catch.hpp"
#include "difference.hpp"
#include "film_files.hpp"
#include "hyper_files.hpp"
#include "network/fold.hpp"
#include "network/instruction_sets.hpp"
#include "network/provenance.hpp"
#include "rendering.hpp"
#include "stream/block.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

std::string refusal(const Json& file) {
  return test::refusal(file.dump(), "model.nam");
}

// What an effect makes of a signal in blocks of these sizes in turn, while `turn` is called before each sample.
template <class Turn>
std::vector<float> play(Effect& effect, const std::vector<float>& in, const std::vector<int>& blocks, Turn turn) {
  std::vector<float> out(in.size());
  for (std::size_t t = 0, i = 0; t < in.size(); ++i) {
    auto count = std::min<std::size_t>(in.size() - t, blocks[i % blocks.size()]);
    for (std::size_t at = t + 1; at < t + count; ++at) {
      if (turn.is_due(at)) count = at - t;
    }
    turn(effect, t);
    effect.process(std::span(in).subspan(t, count), std::span(out).subspan(t, count));
    t += count;
  }
  return out;
}

struct Turns {
  std::vector<std::tuple<std::size_t, std::size_t, double>> list{};  // at a sample, a knob, to a value
  bool is_due(std::size_t at) const {
    return std::any_of(list.begin(), list.end(), [&](const auto& each) { return std::get<0>(each) == at; });
  }
  void operator()(Effect& effect, std::size_t at) const {
    for (const auto& [when, knob, value] : list) {
      if (when == at) effect.set_knob(knob, value);
    }
  }
};

std::vector<float> play(const Network& network, EffectOptions options, const std::vector<float>& in,
                        const std::vector<int>& blocks, const Turns& turns = {}) {
  Effect effect(network, std::move(options));
  return play(effect, in, blocks, turns);
}

}  // namespace

TEST_CASE("a HyperWaveNet is at every setting the stock network of those weights") {
  Random random(71);
  const std::vector<HyperFile> files{random_hyper(random, {5}, 2),         random_hyper(random, {}, 0, "_conv.weight"),
                                     random_hyper(random, {3, 6}, 0),      random_hyper(random, {4}, 9, "_conv.weight"),
                                     random_hyper(random, {}, 1, ".bias"), named_hyper(random)};
  const std::vector<float> in = uniform(random, 600);
  for (const HyperFile& hyper : files) {
    const Model model = parse(hyper.file().dump());
    CHECK(model.architecture() == "WaveNet");
    const NetworkInfo info = Network(model).info();
    CHECK((info.inputs == 1 && info.knobs.size() == 2 && info.knobs[1].positions.size() == 3));
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa));
      const Network network(model, {isa});
      for (const auto& [gain, voice] : std::vector<std::pair<double, int>>{{5, 1}, {0, 0}, {8.25, 2}}) {
        const Network stock(parse(hyper.baked(gain, voice).dump()), {isa});
        const std::vector<float> wanted = play(stock, {}, in, {64});
        const std::vector<float> out = play(network, {.knobs = {gain, double(voice)}}, in, {64});
        CHECK(error_to_signal(out, wanted) <= 1e-12);
        CHECK(play(network, {.knobs = {gain, double(voice)}}, in, {1, 7, 100}) == out);
        if (gain == 5 && voice == 1) CHECK(play(network, {}, in, {64}) == out);  // the defaults
      }
    }
    CHECK(render(parse(saved(model)), Isa::automatic, {in}, 64) == render(model, Isa::automatic, {in}, 64));
  }
}

TEST_CASE("knobs of a HyperWaveNet move while it plays, whatever the blocks") {
  Random random(72);
  const Network network(parse(random_hyper(random, {5}, 2).file().dump()));
  const std::vector<float> in = uniform(random, 3000);
  const Turns turns{{{100, 0, 9.0}, {777, 1, 2.0}, {800, 0, 2.5}, {1500, 1, 0.0}}};
  for (const double ramp : {0.0, 0.01}) {
    const EffectOptions options{.knob_ramp = ramp};
    const std::vector<float> whole = play(network, options, in, {64}, turns);
    for (const std::vector<int>& blocks : std::vector<std::vector<int>>{{1}, {7}, {333}, {1, 63, 5, 640, 17, 2}}) {
      CHECK(play(network, options, in, blocks, turns) == whole);
    }
    // Before the first turn it is the network of the defaults, and long after the last that of where they stand.
    const std::vector<float> before = play(network, {}, in, {64}), after = play(network, {.knobs = {2.5, 0}}, in, {64});
    CHECK(std::equal(whole.begin(), whole.begin() + 100, before.begin()));
    CHECK_FALSE(std::equal(whole.begin(), whole.begin() + 200, before.begin()));
    CHECK(std::equal(whole.begin() + 2500, whole.end(), after.begin() + 2500));
  }
}

TEST_CASE("every channel of a HyperWaveNet, and every phase of one that is oversampled, has the weights of its knobs") {
  Random random(73);
  const Network network(parse(random_hyper(random, {5}, 2).file().dump()));
  const std::vector<float> left = uniform(random, 900), right = uniform(random, 900);
  for (const int oversample : {1, 2}) {
    for (const Rates::value_type rate : Rates{{}, 48000.0}) {
      const EffectOptions mono{.sample_rate = rate, .knob_ramp = 0.005, .oversample = oversample};
      EffectOptions stereo = mono;
      stereo.channels = 2;
      const Turns turns{{{200, 0, 9.0}, {500, 1, 2.0}}};
      Effect effect(network, stereo);
      std::vector<float> out[2] = {std::vector<float>(900), std::vector<float>(900)};
      for (std::size_t t = 0; t < 900; t += 50) {
        turns(effect, t);
        const float* from[] = {left.data() + t, right.data() + t};
        float* to[] = {out[0].data() + t, out[1].data() + t};
        effect.process(from, to, 50);
      }
      CHECK(out[0] == play(network, mono, left, {50}, turns));
      CHECK(out[1] == play(network, mono, right, {50}, turns));
    }
  }
}

TEST_CASE("a HyperWaveNet that is reset, or at rest, stands where its knobs were turned") {
  Random random(74);
  const Network network(parse(random_hyper(random, {5}, 2).file().dump()));
  Effect effect(network, {.knob_ramp = 0.02});
  const std::vector<float> in = uniform(random, 3000), silence(20000, 0.0f);
  std::vector<float> out(3000), quiet(20000);
  effect.set_knob(0, 9);
  effect.reset();
  effect.process(in, out);
  const std::vector<float> wanted = play(network, {.knobs = {9, 1}}, in, {64});
  CHECK(std::equal(out.begin() + 500, out.end(), wanted.begin() + 500));

  Effect resting(network);
  resting.process(silence, quiet);
  resting.set_knob(1, 2);
  resting.process(silence, quiet);
  const std::vector<float> still = play(network, {.rest = false, .knobs = {5, 2}}, silence, {64});
  CHECK(quiet.back() == still.back());
  CHECK(std::count(quiet.end() - 5000, quiet.end(), still.back()) == 5000);
}

TEST_CASE("weights that are packed anew give what a network of those weights gives") {
  Random random(75);
  std::vector<model::ModelData> models;
  for (const Json& file : {random_nam(random), random_film_nam(random, 255, 1), random_five_inputs(random)}) {
    models.push_back(Model::Access::data(parse(file.dump())));
  }
  add_branches(models.emplace_back(models.front()), random);
  for (model::ModelData& model : models) {
    model::Hypernet all;
    for (const TensorShape& tensor : model::tensor_shapes(model.config)) all.targets.push_back(tensor.name);
    model::ModelData changed = model;
    std::vector<float> values;
    std::vector<model::Delta> deltas;
    for (const TensorShape& tensor : model::tensor_shapes(model.config)) {
      deltas.push_back(model::delta_of(all, tensor));
      std::vector<float>& of_tensor = changed.tensors.at(tensor.name).values;
      for (float& value : of_tensor) value = 0.5f * uniform(random);
      values.insert(values.end(), of_tensor.begin(), of_tensor.end());
    }
    for (const Isa isa : available_isas()) {
      INFO(model.architecture << ", isa " << isa_name(isa));
      const kernels::Kernels& kernels = *network::find_kernels(isa);
      network::Plan plan = network::fold(model, kernels);
      network::Provenance(model, deltas, kernels).pack(values, plan);
      const network::Plan wanted = network::fold(changed, kernels);
      stream::BlockStream stream(plan), right(wanted);
      const int channels = model.config.wavenet.input.channels;
      const Channels in(std::size_t(channels), uniform(random, 64));
      std::vector<const float*> rows;
      for (const auto& each : in) rows.push_back(each.data());
      for (int block = 0; block < 4; ++block) {
        const kernels::Rows a = stream.run({rows.data()}, 64);
        const std::vector<float> out(a.data, a.data + 64);
        const kernels::Rows b = right.run({rows.data()}, 64);
        CHECK(error_to_signal(out, std::vector<float>(b.data, b.data + 64)) <= 1e-12);
      }
    }
  }
}

TEST_CASE("HyperWaveNets that contradict themselves are refused") {
  Random random(76);
  const HyperFile hyper = random_hyper(random, {5}, 2);
  const Json file = hyper.file();
  const auto changed = [&](const char* path, const Json& value) {
    Json broken = file;
    broken[Json::json_pointer(path)] = value;
    return refusal(broken);
  };
  CHECK(refusal(file) == "");
  const std::string at = "config.hypernet";
  CHECK_THAT(changed("/config/hypernet/rank", 0), ContainsSubstring(at + ".rank"));
  CHECK_THAT(changed("/config/hypernet/mode", "medium_rank"), ContainsSubstring(at + ".mode"));
  CHECK_THAT(changed("/config/hypernet/hidden_sizes", {0}), ContainsSubstring(at + ".hidden_sizes[0]"));
  CHECK_THAT(changed("/config/hypernet/hidden_sizes", {4}), ContainsSubstring("weights: expected an array of"));
  CHECK_THAT(changed("/config/hypernet/activation", "Sharp"), ContainsSubstring(at + ".activation"));
  CHECK_THAT(changed("/config/hypernet/selector", {{"include_names", {"_head"}}}),
             ContainsSubstring(at + ".selector.include_names[0]"));
  CHECK_THAT(changed("/config/hypernet/selector", {{"include_suffixes", {"_none"}}}),
             ContainsSubstring(at + ".selector"));
  CHECK_THAT(changed("/config/hypernet/selector", {{"include", {"_none"}}}), ContainsSubstring(at + ".selector"));
  CHECK_THAT(changed("/config/hypernet", nullptr), ContainsSubstring(at));
  CHECK_THAT(changed("/config/params", Json::array()), ContainsSubstring("config.params"));
  CHECK_THAT(changed("/config/condition_dsp", Json::object()), ContainsSubstring("config.condition_dsp"));
  CHECK_THAT(changed("/config/layers/0/activation/0", "PReLU"), ContainsSubstring("PReLU"));
  CHECK_THAT(changed("/weights", hyper.stock["weights"]), ContainsSubstring("weights: expected an array of"));
  CHECK_THAT(
      changed("/config/head", {{"channels", 3}, {"out_channels", 1}, {"kernel_sizes", {2}}, {"activation", "Tanh"}}),
      ContainsSubstring("delta_map"));
}

TEST_CASE("delta_map says what follows, or where the targets stand whose names are not known") {
  Random random(77);
  const Json file = with_delta_map(random);
  REQUIRE(refusal(file) == "");
  // Without the head all names are known.
  const std::size_t base = count_values(hyper_tensors());
  Json headless = file;
  headless["config"]["head"] = nullptr;
  headless["weights"].erase(headless["weights"].begin() + std::ptrdiff_t(base),
                            headless["weights"].begin() + std::ptrdiff_t(base + 3));
  for (const Json& good : {file, headless}) {
    for (const char* key : {"numel", "export_offset"}) {
      Json broken = good;
      broken["config"]["hypernet"]["delta_map"][0][key] = 7;
      CHECK_THAT(refusal(broken), ContainsSubstring(std::string("delta_map[0].") + key));
    }
    Json broken = good;
    broken["config"]["hypernet"]["delta_map"][0]["name"] = "_head";
    CHECK_THAT(refusal(broken), ContainsSubstring("delta_map[0].name"));
  }
  headless["config"]["hypernet"]["delta_map"] = Json::array();
  CHECK_THAT(refusal(headless), ContainsSubstring("delta_map: expected an array of 1"));

  HyperFile hyper;
  hyper.hidden.clear();
  hyper.rank = 0;
  hyper.targets = {{base - 1, 1, 1}};
  hyper.stock = file;
  hyper.stock["version"] = "0.7.0";
  hyper.stock["architecture"] = "WaveNet";
  const std::vector<float> weights = file["weights"];
  const auto end = weights.begin() + std::ptrdiff_t(base + 4);
  hyper.stock["weights"] = std::vector<float>(weights.begin(), end);
  hyper.hyper.assign(end, weights.end());
  const std::vector<float> in = uniform(random, 400);
  const std::vector<float> wanted = play(Network(parse(hyper.baked(7, 2).dump())), {}, in, {64});
  CHECK(error_to_signal(play(Network(parse(file.dump())), {.knobs = {7, 2}}, in, {64}), wanted) <= 1e-12);
}

TEST_CASE("every broken field of a hypernet in a native file is named") {
  Random random(78);
  const model::ModelData good = Model::Access::data(parse(random_hyper(random, {5}, 2).file().dump()));
  const auto refused = [&](auto change) {
    model::ModelData data = good;
    change(data, *data.config.hypernet);
    try {
      parse(saved(Model::Access::make(data)), "model.safetensors");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using model::Hypernet;
  using model::ModelData;
  CHECK(refused([](ModelData&, Hypernet&) {}) == "");
  const auto named = [&](auto change, const char* field) { CHECK_THAT(refused(change), ContainsSubstring(field)); };
  named([](ModelData& data, Hypernet&) { data.config.knobs.clear(); }, "hypernet.knobs");
  named([](ModelData&, Hypernet& hypernet) { hypernet.hidden[0] = 0; }, "hypernet.hidden[0]");
  named([](ModelData&, Hypernet& hypernet) { hypernet.hidden.resize(40, 2); }, "hypernet.hidden");
  named([](ModelData&, Hypernet& hypernet) { hypernet.rank = -1; }, "hypernet.rank");
  named([](ModelData&, Hypernet& hypernet) { hypernet.targets.clear(); }, "hypernet.targets");
  named([](ModelData&, Hypernet& hypernet) { hypernet.targets[1] = "stacks.9"; }, "hypernet.targets[1]");
  named([](ModelData&, Hypernet& hypernet) { hypernet.targets[1] = hypernet.targets[0]; }, "hypernet.targets[1]");
  named([](ModelData&, Hypernet& hypernet) { hypernet.rank = 1; }, "hypernet.readout.weight");
  named(
      [](ModelData&, Hypernet& hypernet) {
        hypernet.activation.kind = model::ActivationKind::prelu;
        hypernet.activation.slopes = {0.5f};
      },
      "hypernet.activation");
  named([](ModelData& data, Hypernet&) { data.tensors.at("hypernet.0.bias").values[1] = INFINITY; }, "hypernet.0.bias");
}
