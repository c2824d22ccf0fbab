// Features in .npy files: what is written is read back, NumPy's variants are read, damaged files are refused.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/features.hpp>
#include <atrous/tensors.hpp>

#include "catch.hpp"
#include "folder.hpp"
#include "model_files.hpp"
#include "zip_files.hpp"

namespace {

using atrous::FeatureMatrix;
using atrous::test::Folder;

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string npy(const std::string& dict, const std::string& values, char version = 1) {
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  bytes += char(dict.size() % 256);
  bytes += char(dict.size() / 256);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + dict + values;
}

std::string dict(const std::string& descr, const std::string& fortran, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

FeatureMatrix read_bytes(const std::string& bytes) {
  const Folder folder;
  std::ofstream(folder / "x.npy", std::ios::binary) << bytes;
  return atrous::read_features(folder / "x.npy");
}

}  // namespace

TEST_CASE("features written are read back, and the values start at a multiple of 64 bytes") {
  const Folder folder;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (const std::size_t frames : {0, 1, 7, 1234}) {
    FeatureMatrix features{.frames = frames, .bins = 3, .values = std::vector<float>(3 * frames)};
    for (float& value : features.values) value = normal(random);
    atrous::write_features(folder / "x.npy", features);
    const FeatureMatrix found = atrous::read_features(folder / "x.npy");
    CHECK(found.frames == frames);
    CHECK(found.bins == 3);
    CHECK(found.values == features.values);
    CHECK((std::filesystem::file_size(folder / "x.npy") - 4 * features.values.size()) % 64 == 0);
  }
  CHECK(folder.files() == 1);
}

TEST_CASE("the header is the one that NumPy writes") {
  const Folder folder;
  atrous::write_features(folder / "x.npy", {.frames = 2, .bins = 3, .values = std::vector<float>(6, 1.0f)});
  std::ifstream file(folder / "x.npy", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  std::string expected = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  expected = std::string("\x93NUMPY\x01\0\x76\0", 10) + expected + std::string(117 - expected.size(), ' ') + "\n";
  REQUIRE(expected.size() == 128);
  CHECK(bytes == expected + bytes_of(std::vector<float>(6, 1.0f)));
}

TEST_CASE("float64, Fortran order and later versions are read") {
  const std::vector<float> expected{1, 2, 3, 4, 5, 6};
  const std::vector<double> wide{1, 2, 3, 4, 5, 6};
  const std::vector<float> columns{1, 4, 2, 5, 3, 6};
  CHECK(read_bytes(npy(dict("<f8", "False", "(2, 3)"), bytes_of(wide))).values == expected);
  CHECK(read_bytes(npy(dict("<f4", "True", "(2, 3)"), bytes_of(columns))).values == expected);
  CHECK(read_bytes(npy(dict("<f4", "False", "(2, 3)"), bytes_of(expected), 2)).values == expected);
  CHECK(read_bytes(npy(dict("<f4", "False", "(2,3)"), bytes_of(expected))).bins == 3);
}

TEST_CASE("halves and values of the other byte order are read") {
  std::string turned = bytes_of(std::vector<float>{1, -2, 0.1f});
  for (std::size_t i = 0; i < turned.size(); i += 4) std::reverse(turned.begin() + i, turned.begin() + i + 4);
  CHECK(read_bytes(npy(dict(">f4", "False", "(1, 3)"), turned)).values == std::vector<float>{1, -2, 0.1f});
  const std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x7bff, 0x0001};
  const std::vector<float> expected{1, -2, 65504, 0x1p-24f};
  CHECK(read_bytes(npy(dict("<f2", "False", "(2, 2)"), bytes_of(halves))).values == expected);
  CHECK(read_bytes(npy(dict("=f2", "False", "(2, 2)"), bytes_of(halves))).values == expected);
  CHECK(read_bytes(npy(dict(">f2", "False", "(1, 2)"), std::string("\x3c\0\xc0\0", 4))).values ==
        std::vector<float>{1, -2});
  CHECK_THROWS_AS(read_bytes(npy(dict("<f8", "False", "(1, 1)"), bytes_of(std::vector<double>{1e300}))), atrous::Error);
  CHECK_THROWS_AS(read_bytes(npy(dict("<f2", "False", "(1, 1)"), bytes_of(std::vector<std::uint16_t>{0x7c00}))),
                  atrous::Error);
}

TEST_CASE("a message is one line, whatever the header holds") {
  try {
    read_bytes(npy(dict("<f4\n", "False", "(1, 1)"), bytes_of(std::vector<float>{1})));
    FAIL("a type with a line break was read");
  } catch (const atrous::Error& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
  }
}

TEST_CASE("leading axes of one are left away") {
  const std::string values = bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6});
  for (const char* shape : {"(1, 2, 3)", "(1, 1, 2, 3)"}) {
    for (const char* fortran : {"False", "True"}) {
      const FeatureMatrix found = read_bytes(npy(dict("<f4", fortran, shape), values));
      CHECK(found.frames == 2);
      CHECK(found.bins == 3);
      CHECK(found.values[1] == (fortran == std::string("False") ? 2 : 3));
    }
  }
}

TEST_CASE("an archive of one array is read, stored or deflated") {
  const std::vector<float> expected{1, 2, 3, 4, 5, 6};
  const std::string array = npy(dict("<f4", "False", "(2, 3)"), bytes_of(expected));
  for (const bool deflated : {false, true}) {
    const std::string archive = atrous::test::zip({{"mel.npy", array, deflated}});
    CHECK(read_bytes(archive).values == expected);
    const std::size_t end_record = 22;  // nothing in its last bytes is needed
    for (std::size_t size = 0; size <= archive.size() - end_record; ++size) {
      CHECK_THROWS_AS(read_bytes(archive.substr(0, size)), atrous::Error);
    }
    CHECK_THROWS_WITH(read_bytes(atrous::test::zip({{"a.npy", array, deflated}, {"b.npy", array, deflated}})),
                      ContainsSubstring("archive of one array") && ContainsSubstring("\"a.npy\", \"b.npy\""));
  }
  std::string wrong = atrous::test::zip({{"mel.npy", array, false}});
  wrong[wrong.find(array) + array.size() - 1] ^= 1;  // the checksum tells
  CHECK_THROWS_WITH(read_bytes(wrong), ContainsSubstring("damaged"));
  CHECK_THROWS_AS(read_bytes(atrous::test::zip({})), atrous::Error);
  CHECK_THROWS_AS(read_bytes(atrous::test::zip({{"mel.npy", "no array", true}})), atrous::Error);
}

TEST_CASE("an archive that unpacks to far more than its size is refused") {
  const std::size_t bins = 1000, frames = 25000;  // 100 MB of zeros
  const std::string array = npy(dict("<f4", "False", "(" + std::to_string(frames) + ", " + std::to_string(bins) + ")"),
                                std::string(4 * bins * frames, '\0'));
  const std::string archive = atrous::test::zip({{"mel.npy", array, true}});
  REQUIRE(archive.size() < 200000);
  CHECK_THROWS_WITH(read_bytes(archive), ContainsSubstring("\"mel.npy\" of " + std::to_string(array.size())));
  // Whatever the directory says of it.
  const std::string lying = atrous::test::zip({{"mel.npy", array, true, 1000}});
  CHECK_THROWS_AS(read_bytes(lying), atrous::Error);
}

TEST_CASE("damaged or unsuited .npy files are refused") {
  const std::string values = bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::string good = npy(dict("<f4", "False", "(2, 3)"), values);
  REQUIRE(read_bytes(good).frames == 2);
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_THROWS_AS(read_bytes(good.substr(0, size)), atrous::Error);
  CHECK_THROWS_AS(read_bytes(good + "x"), atrous::Error);
  for (const char* type : {"<f2", "<f8", "<i4", "|O", "<f44", "f4", "<c8", ""}) {
    CHECK_THROWS_AS(read_bytes(npy(dict(type, "False", "(2, 3)"), values)), atrous::Error);
  }
  for (const char* shape : {"(6,)", "(2, 1, 3)", "(3, 2, 1)", "()", "(2, 4)", "(2, -3)", "6", "(2, 3", "(0, 3)",
                            "(4611686018427387904, 4)", "(99999999999999999999999, 3)", "(2.0, 3)"}) {
    CHECK_THROWS_AS(read_bytes(npy(dict("<f4", "False", shape), values)), atrous::Error);
  }
  CHECK_THROWS_AS(read_bytes(npy(dict("<f4", "Maybe", "(2, 3)"), values)), atrous::Error);
  CHECK_THROWS_AS(read_bytes(npy("{'descr': '<f4', 'shape': (2, 3)}\n", values)), atrous::Error);
  CHECK_THROWS_AS(read_bytes(npy(dict("<f4", "False", "(2, 3)"), values, 4)), atrous::Error);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    CHECK_THROWS_AS(read_bytes(npy(dict("<f4", "False", "(1, 2)"), bytes_of(std::vector<float>{1, bad}))),
                    atrous::Error);
  }
  CHECK_THROWS_AS(atrous::read_features("/nonexistent/x.npy"), atrous::Error);
}

namespace {

// (frames, bins), and the same numbers (bins, frames).
std::vector<float> transposed(const std::vector<float>& values, std::size_t rows) {
  std::vector<float> result;
  for (std::size_t c = 0; c < values.size() / rows; ++c) {
    for (std::size_t r = 0; r < rows; ++r) result.push_back(values[r * (values.size() / rows) + c]);
  }
  return result;
}

// A model of so many bins, without a front end.
atrous::Model hearing(int bins) {
  atrous::test::Random random(1);
  return atrous::test::as_model(atrous::test::small_hearing_model({}, bins, 2, random));
}

struct Variant {
  const char* shape;
  const char* fortran;
  std::vector<float> values;
  bool turned;
};

}  // namespace

TEST_CASE("features either way round are the same for a model") {
  const Folder folder;
  const std::vector<float> rows{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, columns = transposed(rows, 4);
  const std::vector<Variant> variants{
      {"(4, 3)", "False", rows, false},  {"(4, 3)", "True", columns, false},    {"(3, 4)", "False", columns, true},
      {"(3, 4)", "True", rows, true},    {"(1, 3, 4)", "False", columns, true}, {"(1, 4, 3)", "False", rows, false},
      {"(1, 3, 4)", "True", rows, true},
  };
  for (const Variant& variant : variants) {
    for (const bool packed : {false, true}) {
      INFO(variant.shape << " " << variant.fortran << (packed ? " packed" : ""));
      const std::string array = npy(dict("<f4", variant.fortran, variant.shape), bytes_of(variant.values));
      std::ofstream(folder / "x", std::ios::binary) << (packed ? atrous::test::zip({{"x.npy", array, true}}) : array);
      const atrous::Conditioning found = atrous::read_conditioning(hearing(3), folder / "x");
      CHECK(found.features.frames == 4);
      CHECK(found.features.bins == 3);
      CHECK(found.features.values == rows);
      CHECK_FALSE(found.padded);
      REQUIRE(found.warnings.size() == (variant.turned ? 1 : 0));
      if (variant.turned)
        CHECK_THAT(found.warnings[0], ContainsSubstring(variant.shape) && ContainsSubstring("turned"));
    }
  }
}

TEST_CASE("the tensor c of a model is (1, bins, frames), or turned") {
  const Folder folder;
  const std::vector<float> rows{1, 2, 3, 4, 5, 6}, columns = transposed(rows, 2);
  atrous::write_tensors(folder / "c", {{"c", {{1, 3, 2}, columns}}});
  CHECK(atrous::read_conditioning(hearing(3), folder / "c").features.values == rows);
  CHECK(atrous::read_conditioning(hearing(3), folder / "c").padded);
  CHECK(atrous::read_conditioning(hearing(3), folder / "c").warnings.empty());
  atrous::write_tensors(folder / "c", {{"c", {{1, 2, 3}, rows}}});
  CHECK(atrous::read_conditioning(hearing(3), folder / "c").features.values == rows);
  CHECK(atrous::read_conditioning(hearing(3), folder / "c").warnings.size() == 1);
  atrous::write_tensors(folder / "c", {{"c", {{1, 3, 2}, {1, 2, 3, 4, 5, std::nanf("")}}}});
  CHECK_THROWS_WITH(atrous::read_conditioning(hearing(3), folder / "c"), ContainsSubstring("frame 1, bin 2"));
}

TEST_CASE("a square of features keeps the documented order and says so") {
  const Folder folder;
  std::ofstream(folder / "x", std::ios::binary)
      << npy(dict("<f4", "False", "(2, 2)"), bytes_of(std::vector<float>{1, 2, 3, 4}));
  const atrous::Conditioning found = atrous::read_conditioning(hearing(2), folder / "x");
  CHECK(found.features.values == std::vector<float>{1, 2, 3, 4});
  REQUIRE(found.warnings.size() == 1);
  CHECK_THAT(found.warnings[0], ContainsSubstring("either way round"));
}

TEST_CASE("features of other bins, without frames, or in other files are refused") {
  const Folder folder;
  const auto problem = [&](const std::string& bytes, int bins) {
    std::ofstream(folder / "x", std::ios::binary) << bytes;
    try {
      atrous::read_conditioning(hearing(bins), folder / "x");
    } catch (const atrous::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string values = bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK_THAT(problem(npy(dict("<f4", "False", "(2, 3)"), values), 4),
             ContainsSubstring("expected 4 bins, found the shape (2, 3)"));
  CHECK_THAT(problem(npy(dict("<f4", "False", "(0, 3)"), ""), 3), ContainsSubstring("no frames"));
  CHECK_THAT(problem("RIFF....WAVE", 3), ContainsSubstring("expected features"));
  CHECK_THROWS_AS(atrous::read_conditioning(hearing(3), "/nonexistent/x.npy"), atrous::Error);
}

TEST_CASE("features that are not frames x bins are not written") {
  const Folder folder;
  CHECK_THROWS_AS(atrous::write_features(folder / "x.npy", {.frames = 2, .bins = 3, .values = std::vector<float>(5)}),
                  atrous::Error);
  CHECK_THROWS_AS(atrous::write_features(folder / "none/x.npy", {.frames = 1, .bins = 1, .values = {1.0f}}),
                  atrous::Error);
  CHECK(folder.files() == 0);
}
