// Features into NumPy's .npy: a magic number, a version, the length of a header, the header (a Python dict in ASCII),
// then the values.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "model/file.hpp"
#include "model/output.hpp"
#include "model/spool.hpp"

namespace atrous {

namespace {

constexpr std::size_t alignment = 64;  // NumPy pads headers so that the values start at a multiple of it
constexpr std::size_t copy_bytes = 1 << 16;

// What stands before the values.
std::string npy_start(std::size_t frames, std::size_t bins) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(frames) + ", " +
                       std::to_string(bins) + "), }";
  std::string start("\x93NUMPY\x01\0", 8);
  header.append(alignment - (start.size() + 2 + header.size() + 1) % alignment, ' ');
  header += '\n';
  for (const std::size_t n : {header.size() % 256, header.size() / 256}) start += char(n);
  return start + header;
}

}  // namespace

void write_features(const std::filesystem::path& path, const FeatureMatrix& features) {
  const std::size_t bins = std::max<std::size_t>(1, features.bins);
  if (features.values.size() / bins != features.frames || features.values.size() % bins != 0) {
    throw Error(ErrorCode::argument, path.string() + ": " + std::to_string(features.values.size()) +
                                         " values for features of " + std::to_string(features.frames) + " x " +
                                         std::to_string(features.bins));
  }
  const std::string start = npy_start(features.frames, features.bins);
  const std::array pieces{std::as_bytes(std::span(start)), std::as_bytes(std::span(features.values))};
  model::write_file(path, pieces);
}

struct FeatureWriter::State {
  State(const std::filesystem::path& path, std::size_t row) : bins(row), file(path) {}

  std::size_t bins;
  model::OutputFile file;
  model::Spool values;
};

FeatureWriter::FeatureWriter(const std::filesystem::path& path, std::size_t bins) {
  if (bins == 0) throw Error(ErrorCode::argument, path.string() + ": features of no bins");
  state_ = std::make_unique<State>(path, bins);
}
FeatureWriter::~FeatureWriter() = default;
FeatureWriter::FeatureWriter(FeatureWriter&&) noexcept = default;
FeatureWriter& FeatureWriter::operator=(FeatureWriter&&) noexcept = default;

void FeatureWriter::append(std::span<const float> values) {
  if (values.size() % state_->bins != 0) {
    throw Error(ErrorCode::argument, "features: " + std::to_string(values.size()) + " values are no multiple of " +
                                         std::to_string(state_->bins) + " bins");
  }
  state_->values.write(std::as_bytes(values));
}

void FeatureWriter::commit() {
  State& state = *state_;
  const std::string start = npy_start(std::size_t(state.values.size() / sizeof(float) / state.bins), state.bins);
  state.file.write(std::as_bytes(std::span(start)));
  state.values.rewind();
  std::vector<std::byte> bytes(copy_bytes);
  while (const std::size_t count = state.values.read(bytes)) state.file.write(std::span(bytes).first(count));
  state.file.commit();
}

}  // namespace atrous
