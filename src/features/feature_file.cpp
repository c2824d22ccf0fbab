// Features in files: NumPy's arrays and tensors, either way round.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "features/npy.hpp"
#include "model/access.hpp"
#include "model/file.hpp"
#include "model/model_data.hpp"
#include "model/safetensors.hpp"

namespace atrous {

namespace {

using features::Bytes;
using features::NpyArray;

constexpr std::uintmax_t max_file_bytes = std::uintmax_t(1) << 32;

enum class Order { frames_first, bins_first };

const char* order_text(Order order) {
  return order == Order::frames_first ? "(frames, bins)" : "(bins, frames)";
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text;
  for (const std::size_t n : shape) text += (text.empty() ? "(" : ", ") + std::to_string(n);
  return text.empty() ? "()" : text + ")";
}

// Rows and columns, without leading axes of one: the batches that tensors have.
std::pair<std::size_t, std::size_t> plane(const NpyArray& array, const std::string& name) {
  const std::size_t axes = array.shape.size();
  const bool single =
      axes >= 2 && std::all_of(array.shape.begin(), array.shape.end() - 2, [](auto n) { return n == 1; });
  if (!single) {
    throw Error(ErrorCode::format, name + ": expected an array of shape (frames, bins), found " +
                                       (axes > 2 ? "the shape " + shape_text(array.shape)
                                                 : std::to_string(axes) + (axes == 1 ? " dimension" : " dimensions")));
  }
  return {array.shape[axes - 2], array.shape[axes - 1]};
}

FeatureMatrix arranged(const NpyArray& array, Order order, const std::string& name) {
  const auto [rows, columns] = plane(array, name);
  const bool bins_first = order == Order::bins_first;
  FeatureMatrix features{.frames = bins_first ? columns : rows, .bins = bins_first ? rows : columns};
  features.values.reserve(array.values.size());
  // In steps of the file, from frame to frame and from bin to bin.
  const std::size_t row = array.fortran_order ? 1 : columns, column = array.fortran_order ? rows : 1;
  const std::size_t to_frame = bins_first ? column : row, to_bin = bins_first ? row : column;
  for (std::size_t frame = 0; frame < features.frames && !array.values.empty(); ++frame) {
    for (std::size_t bin = 0; bin < features.bins; ++bin) {
      features.values.push_back(array.values[frame * to_frame + bin * to_bin]);
      if (std::isfinite(features.values.back())) continue;
      throw Error(ErrorCode::format, name + ": frame " + std::to_string(frame) + ", bin " + std::to_string(bin) +
                                         ": the value is not finite");
    }
  }
  return features;
}

NpyArray read_array(Bytes bytes, const std::string& name) {
  if (!features::looks_like_npz(bytes)) return features::parse_npy(bytes, name);
  return features::parse_npy(features::only_array(bytes, name), name);
}

NpyArray read_tensor(Bytes bytes, const std::string& name) {
  model::Tensors tensors = model::parse_safetensors(bytes, name, model::TensorTypes::any).tensors;
  const auto found = tensors.find("c");
  if (found == tensors.end()) throw Error(ErrorCode::format, name + ": has no tensor 'c'");
  Tensor& c = found->second;
  return {std::vector<std::size_t>(c.shape.begin(), c.shape.end()), false, std::move(c.values)};
}

// The order in which one of the axes has the model's bins: `documented` where both have them, or where it does.
Order find_order(const NpyArray& array, std::size_t bins, Order documented, const std::string& name,
                 std::vector<std::string>& warnings) {
  const auto [rows, columns] = plane(array, name);
  const Order other = documented == Order::frames_first ? Order::bins_first : Order::frames_first;
  const auto fits = [&, r = rows, c = columns](Order order) { return (order == Order::frames_first ? c : r) == bins; };
  if (!fits(documented) && !fits(other)) {
    throw Error(ErrorCode::argument,
                name + ": expected " + std::to_string(bins) + " bins, found the shape " + shape_text(array.shape));
  }
  const Order order = fits(documented) ? documented : other;
  if (fits(documented) && fits(other)) {
    warnings.push_back(name + ": the shape " + shape_text(array.shape) + " is taken as " + order_text(order) +
                       ", but could be either way round");
  } else if (order == other) {
    warnings.push_back(name + ": the shape " + shape_text(array.shape) + " is " + order_text(order) +
                       " for a model of " + std::to_string(bins) + " bins, and was turned");
  }
  return order;
}

}  // namespace

FeatureMatrix read_features(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = model::read_file(path, max_file_bytes);
  return arranged(read_array(bytes, path.string()), Order::frames_first, path.string());
}

Conditioning read_conditioning(const Model& model, const std::filesystem::path& path) {
  const std::string name = path.string();
  const std::size_t bins = std::size_t(Model::Access::data(model).config.wavenet.condition.bins);
  if (bins == 0) throw Error(ErrorCode::argument, Model::Access::data(model).name + ": reads no features");
  std::vector<std::byte> bytes = model::read_file(path, max_file_bytes);
  Conditioning result;
  result.padded = model::looks_like_safetensors(bytes);
  if (!result.padded && !features::looks_like_npy(bytes) && !features::looks_like_npz(bytes)) {
    throw Error(ErrorCode::format, name + ": expected features in a .npy, .npz or .safetensors file");
  }
  const NpyArray array = result.padded ? read_tensor(bytes, name) : read_array(bytes, name);
  bytes = {};
  const Order documented = result.padded ? Order::bins_first : Order::frames_first;
  result.features = arranged(array, find_order(array, bins, documented, name, result.warnings), name);
  if (result.features.frames == 0) throw Error(ErrorCode::format, name + ": holds no frames");
  for (const std::string& warning : feature_warnings(model, result.features)) {
    result.warnings.push_back((name + ": ").append(warning));
  }
  return result;
}

}  // namespace atrous
