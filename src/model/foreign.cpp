#include "model/foreign.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "model/text.hpp"

namespace atrous::model {

namespace {

struct Beginning {
  std::string_view bytes, kind;
};

using namespace std::string_view_literals;

constexpr std::string_view checkpoint = "a PyTorch checkpoint; tools/export/export.py turns it into a model file";
constexpr std::string_view tar_checkpoint =
    "a tar archive, the form of PyTorch before 0.1.10 (2017), which is not read";
constexpr std::string_view torchscript = "a TorchScript archive: it holds code, which Atrous does not run";

constexpr std::array beginnings{
    Beginning{"\x80\x02"sv, checkpoint},  // a pickle; those of protocols 3 to 5 follow
    Beginning{"\x80\x03"sv, checkpoint},
    Beginning{"\x80\x04"sv, checkpoint},
    Beginning{"\x80\x05"sv, checkpoint},
    Beginning{"version https://git-lfs"sv, "a Git LFS pointer, not the file itself: git lfs pull fetches that"},
    Beginning{"\x89HDF\r\n\x1a\n"sv, "an HDF5 file, such as weights of Keras, which are not read; RTNeural's .json is"},
    Beginning{"\x93NUMPY"sv, "a NumPy array (.npy), not a model file"},
    Beginning{"GGUF"sv, "a GGUF file, which is not read"},
    Beginning{"PK\x05\x06"sv, "an empty zip archive"},
    Beginning{"\x1f\x8b"sv, "compressed by gzip: unpack it first"},
    Beginning{"BZh"sv, "compressed by bzip2: unpack it first"},
    Beginning{"\xfd"
              "7zXZ\x00"sv,
              "compressed by xz: unpack it first"},
    Beginning{"\x28\xb5\x2f\xfd"sv, "compressed by zstd: unpack it first"},
    Beginning{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive: unpack it first"},
    Beginning{"Rar!\x1a\x07"sv, "a RAR archive: unpack it first"},
    Beginning{"RIFF"sv, "a sound or video file other than WAV, not a model file"},
    Beginning{"fLaC"sv, "a sound file, not a model file"},
    Beginning{"OggS"sv, "a sound file, not a model file"},
    Beginning{"ID3"sv, "a sound file, not a model file"},
    Beginning{"\x89PNG"sv, "a picture, not a model file"},
    Beginning{"\xff\xd8\xff"sv, "a picture, not a model file"},
    Beginning{"%PDF"sv, "a PDF document, not a model file"},
    Beginning{"\x7f"
              "ELF"sv,
              "a program, not a model file"},
};

unsigned number(std::string_view bytes, std::size_t at, int size) {
  unsigned value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + unsigned(i)]);
  return value;
}

// The names in the directory of a zip archive, at most a thousand; none where it is broken.
std::vector<std::string_view> names_in_zip(std::string_view file) {
  std::vector<std::string_view> names;
  const std::size_t end = file.rfind("PK\x05\x06"sv);
  if (end == std::string_view::npos || file.size() - end < 22) return names;
  std::size_t at = number(file, end + 16, 4);
  while (names.size() < 1000 && at < end && end - at >= 46 && file.substr(at, 4) == "PK\x01\x02"sv) {
    const std::size_t length = number(file, at + 28, 2);
    names.push_back(file.substr(at + 46, length));
    at += 46 + length + number(file, at + 30, 2) + number(file, at + 32, 2);
  }
  return names;
}

std::string kind_of_zip(std::string_view file) {
  const std::vector<std::string_view> names = names_in_zip(file);
  const auto any = [&](auto matches) { return std::any_of(names.begin(), names.end(), matches); };
  const auto ends = [](std::string_view ending) {
    return [ending](std::string_view name) { return name.ends_with(ending); };
  };
  if (any(ends("constants.pkl")) || any([](std::string_view name) { return name.find("/code/") != name.npos; })) {
    return std::string(torchscript);
  }
  if (any(ends("data.pkl"))) return std::string(checkpoint);
  if (names.empty()) return "a broken zip archive, such as a download that was cut off";
  if (std::all_of(names.begin(), names.end(), ends(".npy"))) return "an archive of NumPy arrays (.npz)";
  if (any(ends("model.weights.h5"))) return "a Keras archive (.keras), which is not read; RTNeural's .json is";
  return "a zip archive (" + in_quotes(names[0]) + (names.size() > 1 ? ", …" : "") + "); unpack it";
}

bool is_web_page(std::string_view file) {
  const std::size_t start = file.find_first_not_of("\xef\xbb\xbf \t\r\n");
  if (start == std::string_view::npos) return false;
  std::string text(file.substr(start, 14));
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text.starts_with("<!doctype html") || text.starts_with("<html");
}

// A protobuf message whose field 1 is a small version and whose next is one of a model's.
bool is_onnx(std::string_view file) {
  return file.size() > 3 && file[0] == 0x08 && file[1] > 0 && file[1] < 32 &&
         "\x12\x1a\x22\x28\x32\x3a\x42"sv.find(file[2]) != std::string_view::npos;
}

// An object whose LSTM reads frames of 12 samples.
bool is_smartamp_pro(std::string_view file) {
  const auto has = [file](std::string_view key) { return file.find(key) != file.npos; };
  return file.find_first_of('{') == file.find_first_not_of("\xef\xbb\xbf \t\r\n") && has("\"conv1d_stride\"") &&
         has("\"lstm\"");
}

std::string kind_of_tar(std::string_view file) {
  const std::string_view name = file.substr(0, file.find('\0'));
  for (const std::string_view member : {"sys_info", "pickle", "storages", "tensors"}) {
    if (name.ends_with(member)) return std::string(tar_checkpoint);
  }
  return "a tar archive: unpack it first";
}

}  // namespace

std::string kind_of(std::string_view file) {
  if (file.empty()) return "an empty file";
  if (file.starts_with("PK\x03\x04"sv)) return kind_of_zip(file);
  for (const Beginning& beginning : beginnings) {
    if (file.starts_with(beginning.bytes)) return std::string(beginning.kind);
  }
  if (is_web_page(file)) return "a web page: the page about the file was saved, not the file";
  if (file.size() > 262 && file.substr(257, 5) == "ustar") return kind_of_tar(file);
  if (file.size() > 8 && file.substr(4, 4) == "TFL3") return "a TensorFlow Lite model, which is not read";
  if (is_onnx(file)) return "an ONNX model, which is not read";
  if (is_smartamp_pro(file)) return "a model of SmartAmpPro, which reads windows of 120 samples and is not read";
  return "not a model file: expected native .safetensors, .nam, or a .json of GuitarML or RTNeural";
}

}  // namespace atrous::model
