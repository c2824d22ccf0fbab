// The reader of JSON against another one, and what it costs.
#include <atrous/error.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

#include "broken_files.hpp"
#include "catch.hpp"
#include "model/decimal.hpp"
#include "model/json.hpp"
#include "model_files.hpp"

using namespace atrous;
using namespace atrous::test;
using model::JsonDocument;
using model::JsonView;

namespace {

const std::string file = "file";

std::string key_of(Random& random) {
  constexpr const char* keys[] = {"a", "b", "abc", "\"", "caf\xc3\xa9", "\n", "", "a/b", "zz", "A"};
  return keys[std::uniform_int_distribution<int>(0, 9)(random)];
}

Json random_json(Random& random, int depth) {
  switch (std::uniform_int_distribution<int>(depth > 4 ? 2 : 0, 8)(random)) {
    case 0: {
      Json array = Json::array();
      for (int i = std::uniform_int_distribution<int>(0, 5)(random); i > 0; --i) {
        array.push_back(random_json(random, depth + 1));
      }
      return array;
    }
    case 1: {
      Json object = Json::object();
      for (int i = std::uniform_int_distribution<int>(0, 8)(random); i > 0; --i) {
        object[key_of(random)] = random_json(random, depth + 1);
      }
      return object;
    }
    case 2:
      return nullptr;
    case 3:
      return uniform(random) > 0;
    case 4:
      return key_of(random) + "\\ \t" + key_of(random);
    case 5:
      return std::uniform_int_distribution<int>(-1000000, 1000000)(random);
    case 6:  // of any size
      return std::ldexp(double(uniform(random)), std::uniform_int_distribution<int>(-1060, 1000)(random));
    default:
      return std::uniform_real_distribution<double>(-1, 1)(random);
  }
}

void check_same(const JsonView& view, const Json& json) {
  if (json.is_object()) {
    REQUIRE(view.members() == json.size());
    std::size_t i = 0;
    for (const auto& item : json.items()) {  // sorted by key, both
      REQUIRE(view.key(i) == item.key());
      check_same(view.member(i++), item.value());
      REQUIRE(view.has(item.key()));
      check_same(view.at(item.key()), item.value());
    }
    CHECK_FALSE(view.has("absent"));
  } else if (json.is_array()) {
    REQUIRE(view.size() == json.size());
    for (std::size_t i = 0; i < json.size(); ++i) check_same(view[i], json[i]);
  } else if (json.is_string()) {
    CHECK(view.string() == json.get<std::string>());
  } else if (json.is_number()) {
    CHECK(view.number() == json.get<double>());
  } else if (json.is_boolean()) {
    CHECK(view.boolean() == json.get<bool>());
  } else {
    CHECK(view.is_null());
  }
}

std::string problem_with(const std::string& text) {
  try {
    const JsonDocument document(text, file);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

double seconds_to_parse(const std::string& text) {
  const std::clock_t start = std::clock();
  const JsonDocument document(text, file);
  return double(std::clock() - start) / CLOCKS_PER_SEC;
}

std::string repeated(const std::string& element, int count) {
  std::string text = "[" + element;
  for (int i = 1; i < count; ++i) text += "," + element;
  return text + "]";
}

}  // namespace

TEST_CASE("JSON is read as another reader reads it") {
  Random random(1);
  for (int n = 0; n < 300; ++n) {
    const Json json = random_json(random, 0);
    for (const int indent : {-1, 2}) {
      const std::string text = json.dump(indent, ' ', n % 2 == 0);
      INFO(text);
      const JsonDocument document(text, file);
      check_same(JsonView(document, file), json);
    }
  }
}

TEST_CASE("numbers of every size and form are the nearest doubles") {
  const JsonDocument document(
      "\xEF\xBB\xBF [0, -0.0, 1e0, 1E+2, 0.1, 123456789012345678, 4.9e-324, 1e-400, 1.7976931348623157e308, "
      "0.1000000000000000055511151231257827021181583404541015625, 2.2250738585072011e-308, NaN, Infinity, -Infinity]\n",
      file);
  const JsonView list(document, file);
  const double values[] = {0,
                           -0.0,
                           1,
                           100,
                           0.1,
                           123456789012345678.0,
                           std::numeric_limits<double>::denorm_min(),
                           0,
                           std::numeric_limits<double>::max(),
                           0.1,
                           2.2250738585072011e-308};
  for (std::size_t i = 0; i < 11; ++i) CHECK(list[i].number() == values[i]);
  CHECK(std::signbit(list[1].number()));
  CHECK(std::isnan(list[11].raw_number()));
  CHECK(list[12].raw_number() == std::numeric_limits<double>::infinity());
  CHECK(list[13].raw_number() == -std::numeric_limits<double>::infinity());
  for (std::size_t i = 11; i < 14; ++i) {
    CHECK_THROWS_WITH(list[i].number(), ContainsSubstring("file: [" + std::to_string(i) + "]: expected a number"));
    CHECK_THROWS_AS(list[i].real(), Error);
  }
  CHECK_THROWS_AS(list.reals(), Error);
}

TEST_CASE("what is no JSON is refused") {
  for (const char* text : {"",     " ",   "{",     "[1",  "[1,]", "{\"a\"}", "{\"a\":1,}", "nul",     "+1",
                           "01",   "1.",  ".5",    "1e",  "--1",  "'a'",     "\"a",        "\"\\x\"", "\"\\ud800\"",
                           "[1]]", "1 2", "{1:2}", "nan", "inf",  "NaNs",    "\"a\nb\"",   "// a\n1"}) {
    INFO(text);
    CHECK_THAT(problem_with(text), ContainsSubstring("file: not valid JSON at byte"));
  }
  CHECK_THAT(problem_with(std::string("1\0", 2)), ContainsSubstring("not valid JSON at byte 1 of 2"));
  CHECK_THAT(problem_with(std::string("\"a\0b\"", 5)), ContainsSubstring("not valid JSON"));
  CHECK_THAT(problem_with("[1e999]"), ContainsSubstring("out of range"));
  CHECK_THAT(problem_with("{\"b\":1,\"a\":2,\"b\":3}"), ContainsSubstring("duplicate key \"b\""));
  CHECK(problem_with(nested(63).dump()).empty());
  CHECK_THAT(problem_with(nested(65).dump()), ContainsSubstring("nested deeper than 64"));
}

// The bounds are generous, so that they hold under a sanitizer; reading that is not linear takes minutes.
TEST_CASE("reading takes time in proportion to the text") {
  CHECK(seconds_to_parse(repeated("{\"a\":{}}", 100000)) < 5);
  CHECK(seconds_to_parse(repeated("-0.012345678901234567", 1000000)) < 5);
  CHECK(seconds_to_parse(repeated("[]", 1000000)) < 5);
  std::string object = "{";
  for (int i = 0; i < 200000; ++i) object += "\"key" + std::to_string(i * 7919 % 200000) + "\":0,";
  CHECK(seconds_to_parse(object + "\"\":1}") < 5);
}

TEST_CASE("numbers in text are read alike with and without std::from_chars, whatever the locale") {
  Random random(31);
  for (int i = 0; i < 2000; ++i) {
    const int exponent = std::uniform_int_distribution<int>(-330, 330)(random);
    const double mantissa = std::uniform_real_distribution<double>(-10, 10)(random);
    const std::string text = Json(mantissa).dump() + "e" + std::to_string(exponent);
    if (Json(mantissa).dump().find('e') != std::string::npos) continue;
    CAPTURE(text);
    REQUIRE(model::decimal(text) == model::decimal_of_c(text));
    REQUIRE(model::decimal(text) == std::strtod(text.c_str(), nullptr));
  }
  for (const char* text : {"", "-", "+1", "0x10", "1e", "1.5 ", " 1", "1,5", "one", "--1", "1e5e5"}) {
    CAPTURE(text);
    REQUIRE_FALSE(model::decimal(text));
    REQUIRE_FALSE(model::decimal_of_c(text));
  }
  REQUIRE(model::decimal("1e999") == std::numeric_limits<double>::infinity());
  REQUIRE(model::decimal("-1e999") == -std::numeric_limits<double>::infinity());
  REQUIRE(model::decimal("1e-999") == 0.0);
}
