// What is said of files that are no models.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/model.hpp>

#include "catch.hpp"

using namespace std::string_literals;

namespace {

std::string number(std::size_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i, value >>= 8) bytes += char(value & 255);
  return bytes;
}

// A zip archive of empty entries: their headers, the directory, its end.
std::string zip(const std::vector<std::string>& names) {
  std::string entries, directory;
  for (const std::string& name : names) {
    const std::size_t at = entries.size();
    const std::string sizes(16, '\0');  // time, date, checksum and both sizes
    entries += "PK\x03\x04\x14\x00\x00\x00\x00\x00"s + sizes + number(name.size(), 2) + number(0, 2) + name;
    directory += "PK\x01\x02\x14\x00\x14\x00\x00\x00\x00\x00"s + sizes + number(name.size(), 2) +
                 std::string(12, '\0') + number(at, 4) + name;
  }
  return entries + directory + "PK\x05\x06"s + std::string(4, '\0') + number(names.size(), 2) +
         number(names.size(), 2) + number(directory.size(), 4) + number(entries.size(), 4) + number(0, 2);
}

std::string said_of(const std::string& content) {
  try {
    atrous::Model::from_memory(std::as_bytes(std::span(content)), "file");
  } catch (const atrous::Error& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("files of other kinds are named") {
  std::string tar = "sys_info" + std::string(600, '\0'), other_tar = "song.wav" + std::string(600, '\0');
  tar.replace(257, 5, "ustar");
  other_tar.replace(257, 5, "ustar");
  const std::pair<std::string, std::string> cases[] = {
      {"", "file: an empty file"},
      {R"( {"conv1d": {"kernel:0": []}, "lstm": {}, "conv1d_stride": 12, "input_size": 120})",
       "file: a model of SmartAmpPro, which reads windows"},
      {zip({"amp.nam", "other.nam"}), "file: a zip archive (\"amp.nam\", …); unpack it"},
      {zip({"pack/amp.nam"}), "file: a zip archive (\"pack/amp.nam\"); unpack it"},
      {zip({"archive/data.pkl", "archive/data/0"}), "file: a PyTorch checkpoint; tools/export/export.py"},
      {zip({"m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"}), "file: a TorchScript archive: it holds code"},
      {zip({"mean.npy", "scale.npy"}), "file: an archive of NumPy arrays"},
      {zip({"config.json", "model.weights.h5"}), "file: a Keras archive"},
      {zip({"archive/data.pkl"}).substr(0, 50), "file: a broken zip archive"},
      {"\x80\x02\x8a\x0al"s, "file: a PyTorch checkpoint"},
      {"\x80\x04}."s, "file: a PyTorch checkpoint"},
      {tar, "file: a tar archive, the form of PyTorch before 0.1.10"},
      {other_tar, "file: a tar archive: unpack it first"},
      {"<!DOCTYPE html><html>", "file: a web page"},
      {"\n\n<HTML>", "file: a web page"},
      {"version https://git-lfs.github.com/spec/v1\n", "file: a Git LFS pointer"},
      {"\x89HDF\r\n\x1a\n"s, "file: an HDF5 file"},
      {"\x08\x07\x12\x07pytorch", "file: an ONNX model"},
      {"\x1f\x8b\x08"s, "file: compressed by gzip"},
      {"RIFF    AVI LIST", "file: a sound or video file other than WAV"},
      {"hello", "file: not a model file: expected"},
  };
  for (const auto& [content, words] : cases) CHECK_THAT(said_of(content), ContainsSubstring(words));
}

TEST_CASE("directories of zip archives that lie are broken archives") {
  const std::string whole = zip({"a.nam", "b.nam"});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = '\xff';
    CHECK(said_of(changed).starts_with("file: "));
    CHECK(said_of(whole.substr(0, at)).starts_with("file: "));
  }
}
