// What a file states about itself never stops it from loading, in any format: numbers may be text, nonsense is a
// warning and the default. What shapes the sound is as strict as ever (tests/bad_models).
#include <atrous/error.hpp>
#include <atrous/network.hpp>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "chain_files.hpp"
#include "model/access.hpp"
#include "model_files.hpp"
#include "slim_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

// A file of every format, and where its rate and its metadata stand.
struct Dialect {
  const char* name;
  Json file;
  const char* rate;      // JSON pointer
  const char* metadata;  // JSON pointer to the object
  double default_rate;
  std::string (*wrap)(const std::string& json);  // the bytes of a file around its JSON

  Model load(const Json& changed) const { return parse(wrap(changed.dump()), "m"); }
};

std::string as_it_is(const std::string& json) {
  return json;
}

// A native file with another configuration.
std::string native(const std::string& config) {
  Random random(1);
  NativeFile file(saved(as_model(small_hearing_model({}, 2, 2, random))));
  file.config = nullptr;
  file.header["__metadata__"]["atrous.config"] = config;
  return file.bytes();
}

std::vector<Dialect> dialects() {
  Random random(1);
  const Json keras = {{"in_shape", {nullptr, nullptr, 1}}, {"layers", {random_dense(random, 1, 1, true)}}};
  Json keras_inside = keras;
  keras_inside["metadata"] = Json::object();
  const Json config = NativeFile(saved(as_model(small_hearing_model({}, 2, 2, random)))).config;
  return {{"nam", random_nam(random), "/sample_rate", "/metadata", 48000, as_it_is},
          {"keras, rate at the top", keras, "/samplerate", "/metadata", 48000, as_it_is},
          {"keras, rate inside", keras_inside, "/metadata/samplerate", "/metadata", 48000, as_it_is},
          {"guitarml", random_guitarml(random, "gated", 1), "/metadata/samplerate", "/metadata", 44100, as_it_is},
          {"guitarml_recurrent", random_guitarml_recurrent(random, 1, 3, 1, true), "/metadata/samplerate", "/metadata",
           44100, as_it_is},
          {"native", config, "/sample_rate", "/metadata", 48000, native}};
}

Json with(const Dialect& dialect, const char* pointer, const Json& value) {
  Json file = dialect.file;
  file[Json::json_pointer(pointer)] = value;
  return file;
}

Json without_rate(const Dialect& dialect) {
  Json file = with(dialect, dialect.rate, 1);
  const Json::json_pointer pointer(dialect.rate);
  file[pointer.parent_pointer()].erase(pointer.back());
  return file;
}

bool any_contains(const std::vector<std::string>& warnings, const std::string& text) {
  for (const std::string& warning : warnings) {
    if (warning.find(text) != std::string::npos) return true;
  }
  return false;
}

const char* const no_rate = "states no sample rate";

}  // namespace

TEST_CASE("a sample rate may be a number or text") {
  for (const Dialect& dialect : dialects()) {
    for (const Json& rate : {Json(96000), Json(96000.0), Json("96000"), Json("96000.0"), Json("9.6e4"),
                             Json(" 96000\n"), Json("+96000")}) {
      INFO(dialect.name << ": " << rate);
      const Model model = dialect.load(with(dialect, dialect.rate, rate));
      CHECK(model.sample_rate() == 96000);
      CHECK(model.warnings().empty());
    }
  }
}

TEST_CASE("a sample rate that makes no sense is a warning and the default") {
  for (const Dialect& dialect : dialects()) {
    for (const Json& rate :
         {Json(""), Json(" "), Json("high"), Json("48k"), Json("48,000"), Json("0x10000"), Json("nan"), Json("inf"),
          Json(true), Json(0), Json(-48000), Json(1e12), Json::array({48000}), Json::object()}) {
      INFO(dialect.name << ": " << rate);
      const Model model = dialect.load(with(dialect, dialect.rate, rate));
      CHECK(model.sample_rate() == dialect.default_rate);
      REQUIRE(model.warnings().size() == 2);
      CHECK_THAT(model.warnings()[0], ContainsSubstring("expected a rate"));
      CHECK(any_contains(model.warnings(), no_rate));
    }
  }
}

TEST_CASE("every format warns where no sample rate is stated") {
  for (const Dialect& dialect : dialects()) {
    INFO(dialect.name);
    for (const Json& file : {without_rate(dialect), with(dialect, dialect.rate, nullptr)}) {
      const Model model = dialect.load(file);
      CHECK(model.sample_rate() == dialect.default_rate);
      REQUIRE(model.warnings().size() == 1);
      CHECK_THAT(model.warnings()[0], ContainsSubstring(no_rate));
      CHECK_THAT(model.warnings()[0], ContainsSubstring(std::to_string(int(dialect.default_rate))));
    }
  }
}

TEST_CASE("NaN and infinities, as Python writes them, stop no model in its metadata") {
  for (const Dialect& dialect : dialects()) {
    for (const char* value : {"NaN", "Infinity", "-Infinity"}) {
      INFO(dialect.name << ": " << value);
      Json file = with(dialect, dialect.rate, 96000);
      file[Json::json_pointer(dialect.metadata)]["validation_esr"] = "@";
      file[Json::json_pointer(dialect.metadata)]["name"] = "@";
      std::string text = file.dump();
      for (std::size_t at = text.find("\"@\""); at != text.npos; at = text.find("\"@\"")) text.replace(at, 3, value);
      const Model model = parse(dialect.wrap(text));
      CHECK(model.sample_rate() == 96000);
      CHECK(model.metadata().name.empty());
      REQUIRE(model.warnings().size() == 1);
      CHECK_THAT(model.warnings()[0], ContainsSubstring("metadata.name"));
    }
  }
}

TEST_CASE("levels may be text; what makes no sense is left out with a warning") {
  for (const Dialect& dialect : dialects()) {
    const bool is_native = std::string(dialect.name) == "native";
    if (!is_native && std::string(dialect.name) != "nam") continue;
    const std::string key = is_native ? "/metadata/loudness_db" : "/metadata/loudness";
    const Model stated = dialect.load(with(dialect, key.c_str(), "-17.5"));
    CHECK(stated.metadata().loudness_db == -17.5);
    CHECK(stated.warnings().empty());
    CHECK(dialect.load(with(dialect, key.c_str(), nullptr)).warnings().empty());
    for (const Json& level : {Json(""), Json("loud"), Json("-17 dB"), Json(true), Json(1e300), Json(201),
                              Json::array({-17}), Json::object()}) {
      INFO(dialect.name << ": " << level);
      const Model model = dialect.load(with(dialect, key.c_str(), level));
      CHECK_FALSE(model.metadata().loudness_db.has_value());
      REQUIRE(model.warnings().size() == 1);
      CHECK_THAT(model.warnings()[0], ContainsSubstring(key.substr(10)));
    }
  }
}

TEST_CASE("metadata of a wrong type, and a name that is no text, are warnings") {
  for (const Dialect& dialect : dialects()) {
    if (std::string(dialect.rate).find(dialect.metadata) == 0) continue;
    for (const Json& metadata : {Json("none"), Json(3), Json::array({1}), Json(true)}) {
      INFO(dialect.name << ": " << metadata);
      const Model model = dialect.load(with(dialect, dialect.metadata, metadata));
      CHECK(any_contains(model.warnings(), "metadata: expected an object"));
    }
    CHECK_FALSE(any_contains(dialect.load(with(dialect, dialect.metadata, nullptr)).warnings(), "metadata"));
  }
  for (const Dialect& dialect : dialects()) {
    for (const Json& name : {Json(7), Json::array({"a"}), Json(true)}) {
      INFO(dialect.name << ": " << name);
      Json file = with(dialect, dialect.rate, 96000);
      file[Json::json_pointer(dialect.metadata)]["name"] = name;
      const Model model = dialect.load(file);
      CHECK(model.metadata().name.empty());
      REQUIRE(model.warnings().size() == 1);
      CHECK_THAT(model.warnings()[0], ContainsSubstring("metadata.name"));
    }
  }
}

TEST_CASE("a name in another encoding than UTF-8 is left out with a warning") {
  Random random(4);
  Json nam = random_nam(random);
  const auto named = [&](const std::string& name) {
    nam["metadata"]["name"] = "@";
    std::string text = nam.dump();
    return parse(text.replace(text.find('@'), 1, name));
  };
  for (const char* name : {"caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xb8"}) {
    CHECK(named(name).metadata().name == name);
    CHECK(named(name).warnings().empty());
  }
  for (const char* name : {"caf\xe9", "\xe2\x82", "\xff", "\x80", "\xc3(", "\xf5\x80\x80\x80"}) {
    CHECK(named(name).metadata().name.empty());
    CHECK(any_contains(named(name).warnings(), "metadata.name"));
  }
}

TEST_CASE("settings of AIDA-X mean what they say as text, with a warning") {
  Json file = {{"in_shape", {nullptr, nullptr, 1}},
               {"layers", {layer_of("dense", 1, {{{2.0}}, {0.0}})}},
               {"samplerate", 48000},
               {"in_skip", 1},
               {"in_gain", 20.0},
               {"out_gain", -20.0}};
  const model::ModelData wanted = Model::Access::data(parse(file.dump()));
  file["in_gain"] = "20.0";
  file["out_gain"] = "-20";
  for (const Json& skip : {Json("1"), Json(true), Json(1.0)}) {
    file["in_skip"] = skip;
    const Model model = parse(file.dump());
    CHECK(Model::Access::data(model).config.wavenet.output.scale == wanted.config.wavenet.output.scale);
    CHECK(Model::Access::data(model).config.wavenet.output.input_skip == wanted.config.wavenet.output.input_skip);
    CHECK(Model::Access::data(model).tensors.at("post.0.weight").values == wanted.tensors.at("post.0.weight").values);
    CHECK(model.warnings().size() == (skip.is_number() ? 2 : 3));
  }
  for (const Json& none : {Json(false), Json("0"), Json(), Json(0)}) {
    file["in_skip"] = none;
    CHECK(Model::Access::data(parse(file.dump())).config.wavenet.output.input_skip == 0);
  }
}

TEST_CASE("a model may be taken to be of another rate") {
  for (const Dialect& dialect : dialects()) {
    INFO(dialect.name);
    const Model silent = dialect.load(without_rate(dialect));
    const Model told = silent.at_sample_rate(96000);
    CHECK(told.sample_rate() == 96000);
    CHECK(told.warnings().empty());
    CHECK(silent.sample_rate() == dialect.default_rate);
    CHECK(Network(told).info().sample_rate == 96000);
    CHECK(dialect.load(with(dialect, dialect.rate, 48000)).at_sample_rate(44100.5).sample_rate() == 44100.5);
    CHECK(parse(saved(told)).sample_rate() == 96000);
    for (const double hz :
         {0.0, -1.0, 99.0, 1.1e6, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      CHECK_THROWS_WITH(silent.at_sample_rate(hz), ContainsSubstring("m: sample_rate: expected 100 to 1000000 Hz"));
    }
  }
}

TEST_CASE("another rate reaches the models inside a model") {
  Random random(5);
  const Model container =
      parse(slim_container({{0.5, slim_lstm(random, 2)}, {1, slim_lstm(random, 3)}}).dump()).at_sample_rate(96000);
  REQUIRE_FALSE(container.size_bounds().empty());
  CHECK(container.at_size(0).sample_rate() == 96000);
  CHECK_NOTHROW(Network(container, {.all_sizes = true}));
  CHECK(parse(saved(container)).at_size(0).sample_rate() == 96000);
}

TEST_CASE("the rate of a model with a front end is that of the front end") {
  Random random(6);
  const Model model = as_model(random_generator(random));
  CHECK(model.at_sample_rate(16000).sample_rate() == 16000);
  CHECK_THROWS_WITH(model.at_sample_rate(22050), ContainsSubstring("16000") && ContainsSubstring("22050"));
}
