// `.nam` architectures with knobs: the stock ones, whose further inputs hold what the knobs stand at.
#include <atrous/effect.hpp>
#include <atrous/error.hpp>

#include "broken_files.hpp"
#include "catch.hpp"
#include "parametric_files.hpp"
#include "rendering.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

std::string refusal(const Json& file) {
  return test::refusal(file.dump(), "model.nam");
}

}  // namespace

TEST_CASE("ConcatWaveNet and ConcatLSTM are the stock networks with knobs as further inputs") {
  Random random(91);
  for (const Json& stock : {random_five_inputs(random), random_lstm_of_five_inputs(random, 4)}) {
    const Model model = parse(as_concat(stock).dump());
    const std::vector<KnobInfo> knobs = Network(model).info().knobs;
    REQUIRE(knobs.size() == 2);
    CHECK((knobs[0].name == "Gain" && knobs[0].max == 10 && knobs[0].default_value == 5));
    CHECK((knobs[1].positions == std::vector<std::string>{"Clean", "Crunch", "Lead"} && knobs[1].default_value == 1));
    CHECK(model.architecture() == stock["architecture"].get<std::string>());

    model::ModelData data = Model::Access::data(parse(stock.dump()));
    data.config.prewarm = false;
    data.config.prewarm_samples = 0;
    const Model channels = Model::Access::make(data);
    data = Model::Access::data(model);
    data.config.prewarm = false;
    Effect effect(Network(Model::Access::make(data)), {.knobs = {7.5, 2}});
    const std::vector<float> in = uniform(random, 500), half(500, 0.5f), off(500, 0.0f), on(500, 1.0f);
    std::vector<float> out(500);
    effect.process(in, out);
    CHECK(out == render(channels, Isa::automatic, {in, half, off, off, on}, 64)[0]);
  }
}

TEST_CASE("a ConcatLSTM starts from the state of its file, a ConcatWaveNet from silence at its setting") {
  Random random(92);
  CHECK_FALSE(Model::Access::data(parse(as_concat(random_lstm_of_five_inputs(random, 3)).dump())).config.prewarm);
  CHECK(Model::Access::data(parse(as_concat(random_five_inputs(random)).dump())).config.prewarm);
}

TEST_CASE("files with knobs may leave out what follows from them, and contradict nothing") {
  Random random(93);
  const Json file = as_concat(random_five_inputs(random));
  Json short_file = file;
  short_file["config"]["layers"][0].erase("input_size");
  for (Json& array : short_file["config"]["layers"]) array.erase("condition_size");
  CHECK(saved(parse(short_file.dump())) == saved(parse(file.dump())));

  const auto changed = [&](const char* path, const Json& value) {
    Json broken = file;
    broken[Json::json_pointer(path)] = value;
    return refusal(broken);
  };
  CHECK_THAT(changed("/version", "2.0.0"), ContainsSubstring("version: expected 1.x"));
  CHECK_THAT(changed("/version", "0.7.0"), ContainsSubstring("version: expected 1.x"));
  CHECK(changed("/version", "1.0.7") == "");
  CHECK_THAT(changed("/config/layers/1/condition_size", 4), ContainsSubstring("layers[1].condition_size: expected 5"));
  CHECK_THAT(changed("/config/layers/0/input_size", 1), ContainsSubstring("layers[0].input_size: expected 5"));
  CHECK_THAT(changed("/config/condition_dsp", Json::object()), ContainsSubstring("config.condition_dsp"));
  CHECK_THAT(changed("/config/params", Json::array()), ContainsSubstring("config.params"));
  CHECK_THAT(changed("/config/params/0/min", 10), ContainsSubstring("config.params[0].max: expected more than min"));
  CHECK_THAT(changed("/config/params/0/type", "slider"), ContainsSubstring("config.params[0].type"));
  CHECK_THAT(changed("/config/params/0/enum_names", {"a", "b"}), ContainsSubstring("config.params[0].enum_names"));
  CHECK_THAT(changed("/config/params/1/enum_names", {"a"}), ContainsSubstring("config.params[1].enum_names"));
  CHECK_THAT(changed("/config/params/1/name", "Gain"),
             ContainsSubstring("config.params[1].name: the name of one before"));
  CHECK_THAT(changed("/config/params/1/enum_names/2", "Clean"), ContainsSubstring("config.params[1].enum_names[2]"));
  CHECK_THAT(changed("/config/params/0/default", 11), ContainsSubstring("config.params[0].default: expected 0"));
  CHECK_THAT(changed("/config/params/1/max", 5), ContainsSubstring("config.params[1].max: expected 2"));
  Json newer = file;
  newer["version"] = "1.2.0";
  CHECK(parse(newer.dump()).warnings().size() == parse(file.dump()).warnings().size() + 1);
  Json slim = file;
  slim["config"]["layers"][0]["slimmable"] = {{"method", "slice_channels_uniform"},
                                              {"kwargs", {{"allowed_channels", {2, 6}}}}};
  CHECK_THAT(refusal(slim), ContainsSubstring("a ConcatWaveNet has one size"));
}
