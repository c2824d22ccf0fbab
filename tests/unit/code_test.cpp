// The five mu-law codes: values worked out by hand, edges, order, round trips.
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "run/code.hpp"

using namespace atrous;
using model::Code;
using model::CodeKind;
using run::class_value;
using run::decode;
using run::encode;

namespace {

const CodeKind kinds[] = {CodeKind::r9y9,        CodeKind::ibab,
                          CodeKind::kan_bayashi, CodeKind::vincentherrmann,
                          CodeKind::nsynth,      CodeKind::vincentherrmann_linear};

Code code(CodeKind kind, int classes = 256) {
  return {kind, classes, 0};
}

// The sample that a companded value f stands for.
float sample_at(double f, double mu) {
  return float(std::copysign((std::pow(1 + mu, std::abs(f)) - 1) / mu, f));
}

}  // namespace

TEST_CASE("classes of the ends, of silence and of values around it") {
  struct Row {
    CodeKind kind;
    int minus_one, tiny_below, zero, tiny_above, one;
  };
  for (const Row& row :
       {Row{CodeKind::r9y9, 0, 127, 127, 127, 255}, Row{CodeKind::ibab, 0, 127, 128, 128, 255},
        Row{CodeKind::kan_bayashi, 0, 127, 128, 128, 255}, Row{CodeKind::vincentherrmann, 0, 127, 127, 127, 255},
        Row{CodeKind::nsynth, 0, 127, 128, 128, 255}, Row{CodeKind::vincentherrmann_linear, 0, 127, 127, 127, 255}}) {
    const Code c = code(row.kind);
    CAPTURE(int(row.kind));
    CHECK(encode(c, -1.0f) == row.minus_one);
    CHECK(encode(c, -1e-6f) == row.tiny_below);
    CHECK(encode(c, 0.0f) == row.zero);
    CHECK(encode(c, 1e-6f) == row.tiny_above);
    CHECK(encode(c, 1.0f) == row.one);
  }
}

TEST_CASE("classes of companded values of a half") {
  // With mu = 255 the sample 1/17 is companded to 1/2: (1/2 + 1)/2 · 255 = 191.25, and 63.75 for -1/2.
  CHECK(encode(code(CodeKind::r9y9), 1.0f / 17) == 191);
  CHECK(encode(code(CodeKind::r9y9), -1.0f / 17) == 63);
  CHECK(encode(code(CodeKind::ibab), 1.0f / 17) == 191);
  CHECK(encode(code(CodeKind::ibab), -1.0f / 17) == 64);
  CHECK(encode(code(CodeKind::kan_bayashi), 1.0f / 17) == 191);
  CHECK(encode(code(CodeKind::kan_bayashi), -1.0f / 17) == 64);
  CHECK(encode(code(CodeKind::vincentherrmann), sample_at(0.5, 256)) == 191);
  CHECK(encode(code(CodeKind::vincentherrmann), sample_at(-0.5, 256)) == 63);
  CHECK(encode(code(CodeKind::nsynth), sample_at(0.51, 255)) == 128 + 65);
  CHECK(encode(code(CodeKind::nsynth), sample_at(-0.51, 255)) == 128 - 66);
}

TEST_CASE("vincentherrmann's last class is for 1 alone") {
  CHECK(encode(code(CodeKind::vincentherrmann), 0.999999f) == 254);
  CHECK(encode(code(CodeKind::vincentherrmann, 128), 1.0f) == 127);
  CHECK(encode(code(CodeKind::vincentherrmann, 128), 0.999999f) == 126);
}

TEST_CASE("samples of some classes") {
  CHECK(decode(code(CodeKind::r9y9), 0) == -1.0f);
  CHECK(decode(code(CodeKind::r9y9), 255) == 1.0f);
  CHECK(decode(code(CodeKind::r9y9), 127) == Approx(sample_at(-1.0 / 255, 255)));
  CHECK(decode(code(CodeKind::ibab), 128) == Approx(sample_at(1.0 / 255, 255)));
  CHECK(decode(code(CodeKind::kan_bayashi), 128) == 0.0f);
  CHECK(decode(code(CodeKind::kan_bayashi), 255) == Approx(sample_at(254.0 / 255, 255)));
  CHECK(decode(code(CodeKind::kan_bayashi), 0) == -1.0f);  // -1.02 by the formula
  CHECK(decode(code(CodeKind::vincentherrmann), 0) == -1.0f);
  CHECK(decode(code(CodeKind::vincentherrmann), 128) == 0.0f);
  CHECK(decode(code(CodeKind::vincentherrmann), 255) == Approx(sample_at(127.0 / 128, 256)));
  CHECK(decode(code(CodeKind::vincentherrmann_linear), 0) == -1.0f);
  CHECK(decode(code(CodeKind::vincentherrmann_linear), 192) == 0.5f);
  CHECK(encode(code(CodeKind::vincentherrmann_linear), 0.5f) == 191);  // linspace(-1, 1, 256)[191] is 0.498
  CHECK(decode(code(CodeKind::nsynth), 128) == 0.0f);
  CHECK(decode(code(CodeKind::nsynth), 129) == Approx(sample_at(1.5 / 128, 255)));
  CHECK(decode(code(CodeKind::nsynth), 127) == Approx(sample_at(-0.5 / 128, 255)));
  CHECK(decode(code(CodeKind::nsynth), 0) == Approx(sample_at(-127.5 / 128, 255)));
}

TEST_CASE("a class read as a number is its place from -1 to 1") {
  const Code c = code(CodeKind::vincentherrmann, 5);
  CHECK(class_value(c, 0) == -1.0f);
  CHECK(class_value(c, 1) == -0.5f);
  CHECK(class_value(c, 2) == 0.0f);
  CHECK(class_value(c, 4) == 1.0f);
  CHECK(class_value(c, 9) == 1.0f);
  CHECK(class_value(c, -1) == -1.0f);
}

TEST_CASE("encoding and decoding keep the order, and each other within a class") {
  std::mt19937 random(1);
  for (const CodeKind kind : kinds) {
    for (const int classes : {256, 128, 64, 1024}) {
      if (kind == CodeKind::nsynth && classes != 256) continue;
      const Code c = code(kind, classes);
      CAPTURE(int(kind), classes);
      int last = 0;
      for (int i = 0; i <= 20000; ++i) {
        const float x = -1.0f + float(i) * 1e-4f;
        const int label = encode(c, x);
        REQUIRE(label >= last);
        last = label;
      }
      CHECK(last == classes - 1);
      for (int label = 1; label < classes; ++label) REQUIRE(decode(c, label) > decode(c, label - 1));
      for (int round = 0; round < 2000; ++round) {
        const float x = std::uniform_real_distribution<float>(-1, 1)(random);
        const int label = encode(c, x);
        if (label > 0) REQUIRE(decode(c, label - 1) <= x);
        if (label + 2 < classes) REQUIRE(x <= decode(c, label + 2));
      }
    }
  }
}

TEST_CASE("codes that round and cut at the middle give every class back") {
  for (const CodeKind kind : {CodeKind::ibab, CodeKind::nsynth}) {
    for (int label = 0; label < 256; ++label) CHECK(encode(code(kind), decode(code(kind), label)) == label);
  }
  for (const CodeKind kind : {CodeKind::r9y9, CodeKind::kan_bayashi}) {  // class edges: rounding decides
    for (int label = 0; label < 256; ++label) {
      const int back = encode(code(kind), decode(code(kind), label));
      CHECK((back == label || back == label - 1));
    }
  }
  for (int label = 0; label < 256; ++label) {  // 256 steps decoded, 255 encoded
    const Code c = code(CodeKind::vincentherrmann);
    CHECK(encode(c, decode(c, label)) == std::max(0, label - 1));
  }
}

TEST_CASE("what is no sample or class is clipped") {
  for (const CodeKind kind : kinds) {
    const Code c = code(kind);
    CHECK(encode(c, std::numeric_limits<float>::quiet_NaN()) == encode(c, 0.0f));
    CHECK(encode(c, std::numeric_limits<float>::infinity()) == 255);
    CHECK(encode(c, -std::numeric_limits<float>::infinity()) == 0);
    CHECK(encode(c, 3.0f) == 255);
    CHECK(encode(c, -3.0f) == 0);
    CHECK(decode(c, 300) == decode(c, 255));
    CHECK(decode(c, -1) == decode(c, 0));
    for (int label = 0; label < 256; ++label) CHECK(std::abs(decode(c, label)) <= 1.0f);
  }
}
