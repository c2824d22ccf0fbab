// One tensor whose columns arrive before its rows can be written.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/tensors.hpp>

#include "model/output.hpp"
#include "model/safetensors.hpp"
#include "model/spool.hpp"

namespace atrous {

namespace {

constexpr std::size_t band_bytes = 1 << 24;   // of rows that are put together in one pass over the columns
constexpr std::size_t piece_bytes = 1 << 18;  // of columns that are read at once

}  // namespace

struct ColumnTensorWriter::State {
  State(const std::filesystem::path& path, std::string tensor, std::size_t count)
      : name(std::move(tensor)), rows(count), file(path) {}

  std::string name;
  std::size_t rows;
  model::OutputFile file;
  model::Spool columns;

  void write_band(std::size_t first, std::size_t count, std::size_t length);
};

// Rows [first, first + count) of `length` columns.
void ColumnTensorWriter::State::write_band(std::size_t first, std::size_t count, std::size_t length) {
  std::vector<float> band(count * length), piece(std::max<std::size_t>(1, piece_bytes / sizeof(float) / rows) * rows);
  columns.rewind();
  std::size_t t = 0;
  while (const std::size_t bytes = columns.read(std::as_writable_bytes(std::span(piece)))) {
    for (std::size_t i = 0; i < bytes / sizeof(float) / rows; ++i, ++t) {
      for (std::size_t row = 0; row < count; ++row) band[row * length + t] = piece[i * rows + first + row];
    }
  }
  file.write(std::as_bytes(std::span(band)));
}

ColumnTensorWriter::ColumnTensorWriter(const std::filesystem::path& path, std::string name, std::size_t rows) {
  if (rows == 0) throw Error(ErrorCode::argument, path.string() + ": tensor '" + name + "': expected at least one row");
  state_ = std::make_unique<State>(path, std::move(name), rows);
}
ColumnTensorWriter::~ColumnTensorWriter() = default;
ColumnTensorWriter::ColumnTensorWriter(ColumnTensorWriter&&) noexcept = default;
ColumnTensorWriter& ColumnTensorWriter::operator=(ColumnTensorWriter&&) noexcept = default;

void ColumnTensorWriter::append(std::span<const float> columns) {
  if (columns.size() % state_->rows != 0) {
    throw Error(ErrorCode::argument, "tensor '" + state_->name + "': " + std::to_string(columns.size()) +
                                         " values are no multiple of " + std::to_string(state_->rows) + " rows");
  }
  state_->columns.write(std::as_bytes(columns));
}

void ColumnTensorWriter::commit() {
  State& state = *state_;
  const auto length = std::size_t(state.columns.size() / sizeof(float) / state.rows);
  const std::string start = model::safetensors_start(state.name, {1, std::int64_t(state.rows), std::int64_t(length)});
  state.file.write(std::as_bytes(std::span(start)));
  const std::size_t most =
      std::clamp<std::size_t>(band_bytes / sizeof(float) / std::max<std::size_t>(1, length), 1, state.rows);
  for (std::size_t row = 0; row < state.rows && length > 0; row += most) {
    state.write_band(row, std::min(most, state.rows - row), length);
  }
  state.file.commit();
}

}  // namespace atrous
