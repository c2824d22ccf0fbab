// Features in .npy files: what is written is read back, NumPy's variants are read, damaged files are refused.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "catch.hpp"

namespace {

using atrous::FeatureMatrix;

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("atrous-npy-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  std::size_t files() const {
    return std::size_t(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path path_;
};

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

TEST_CASE("damaged or unsuited .npy files are refused") {
  const std::string values = bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::string good = npy(dict("<f4", "False", "(2, 3)"), values);
  REQUIRE(read_bytes(good).frames == 2);
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_THROWS_AS(read_bytes(good.substr(0, size)), atrous::Error);
  CHECK_THROWS_AS(read_bytes(good + "x"), atrous::Error);
  for (const char* type : {">f4", "<i4", "<f2", "|O", "<f44"}) {
    CHECK_THROWS_AS(read_bytes(npy(dict(type, "False", "(2, 3)"), values)), atrous::Error);
  }
  for (const char* shape : {"(6,)", "(1, 2, 3)", "()", "(2, 4)", "(2, -3)", "6", "(2, 3", "(0, 3)",
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

TEST_CASE("features that are not frames x bins are not written") {
  const Folder folder;
  CHECK_THROWS_AS(atrous::write_features(folder / "x.npy", {.frames = 2, .bins = 3, .values = std::vector<float>(5)}),
                  atrous::Error);
  CHECK_THROWS_AS(atrous::write_features(folder / "none/x.npy", {.frames = 1, .bins = 1, .values = {1.0f}}),
                  atrous::Error);
  CHECK(folder.files() == 0);
}
