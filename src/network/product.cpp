#include "network/product.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "model/precision.hpp"
#include "model/work.hpp"

namespace atrous::network {

static_assert(model::max_quantised == kernels::most_quantised);
static_assert(model::vector_floats == kernels::max_lanes && model::steps_ahead == kernels::max_columns);

namespace {

// Runs of rows that read the same inputs of every term: cut wherever a group of some term ends.
std::vector<int> group_boundaries(const Affine& affine) {
  std::set<int> cuts = {0, affine.out};
  for (const Term& term : affine.terms) {
    for (int g = 0; g <= term.groups; ++g) cuts.insert(term.row + term.rows() / term.groups * g);
  }
  return {cuts.begin(), cuts.end()};
}

// What a run of rows between two such cuts, which starts at `row`, reads of a term.
kernels::InputRange range_of(const Term& term, int row) {
  const int below = row - term.row;
  if (below < 0 || below >= term.rows()) return {0, 0};
  return {below / (term.rows() / term.groups) * term.inputs(), term.inputs()};
}

// Block shape: tiles as even as possible, none above `most` rows.
void cut_block(int first, int end, int most, std::vector<kernels::Tile>& tiles) {
  const int count = (end - first + most - 1) / most;
  for (int i = 0; i < count; ++i) {
    const int rows = (end - first) / (count - i) + ((end - first) % (count - i) != 0);
    tiles.push_back({.row = first, .rows = rows});
    first += rows;
  }
}

// Block shape: cuts the first half of the rows and gives every tile its counterpart in the second.
void cut_gated(int rows, int most, std::vector<kernels::Tile>& tiles) {
  cut_block(0, rows / 2, most / 2, tiles);
  for (kernels::Tile& tile : tiles) {
    tile.gap = rows / 2 - tile.rows;
    tile.rows *= 2;
  }
}

// Column shape: the tallest tiles of whole vectors that fit; the last one may be narrower than its vector.
void cut_columns(int first, int end, const kernels::Kernels& kernels, std::vector<kernels::Tile>& tiles) {
  while (first < end) {
    int vectors = kernels.column_vectors;
    while (vectors > 1 && vectors * kernels.lanes > end - first) vectors /= 2;
    const int rows = std::min(vectors * kernels.lanes, end - first);
    tiles.push_back({.row = first, .rows = rows, .vectors = vectors});
    first += rows;
  }
}

// All terms of a product are of one precision.
Precision precision_of(const Affine& affine) {
  Precision precision = Precision::f32;
  for (const Term& term : affine.terms) precision = std::max(precision, term.precision);
  return precision;
}

// What is beyond the largest number of bf16 becomes that number, not infinity.
float rounded(double weight, Precision precision) {
  constexpr double most = 0x1.fep127;
  if (precision != Precision::bf16) return float(weight);
  return model::to_bf16(float(std::clamp(weight, -most, most)));
}

// The weights of a tile, of `height` rows or fewer and zeros below them.
class TileWeights {
 public:
  TileWeights(const kernels::Tile& tile, int height, Precision precision)
      : tile_(tile), height_(height), precision_(precision) {}

  Precision precision() const { return precision_; }

  void append(const Term& term, AlignedFloats& to) const {
    for (int i = 0; i < inputs_of(term); ++i) {
      for (int r = 0; r < height_; ++r) to.push_back(at(term, i, r));
    }
  }

  void append(const Term& term, Aligned<std::uint32_t>& to) const {
    const int inputs = inputs_of(term);
    for (int i = 0; i < inputs; i += 2) {
      for (int r = 0; r < height_; ++r) {
        const auto first = std::bit_cast<std::uint32_t>(at(term, i, r));
        const auto second = i + 1 < inputs ? std::bit_cast<std::uint32_t>(at(term, i + 1, r)) : 0u;
        to.push_back(first >> 16 | (second & 0xffff0000u));
      }
    }
  }

  void append(const Term& term, Aligned<std::uint8_t>& to) const {
    const int inputs = inputs_of(term);
    for (int i = 0; i < kernels::fours(inputs); i += 4) {
      for (int r = 0; r < height_; ++r) {
        for (int j = i; j < i + 4; ++j)
          to.push_back(j < inputs ? byte_at(term, j, r) : std::uint8_t{kernels::byte_offset});
      }
    }
  }

 private:
  int inputs_of(const Term& term) const { return range_of(term, tile_.row).count; }
  std::size_t row_of_term(const Term& term, int row) const {
    return std::size_t(tile_.row_at(row, tile_.rows) - term.row);
  }
  double weight(const Term& term, int input, int row) const {
    return term.weights[row_of_term(term, row) * term.inputs() + input];
  }
  float at(const Term& term, int input, int row) const {
    return row < tile_.rows ? rounded(weight(term, input, row), precision_) : 0.0f;
  }
  std::uint8_t byte_at(const Term& term, int input, int row) const {
    const double scale = row < tile_.rows ? term.scales[row_of_term(term, row)] : 0.0;
    return std::uint8_t(kernels::byte_offset + (scale != 0 ? std::lround(weight(term, input, row) / scale) : 0));
  }

  const kernels::Tile& tile_;
  int height_;
  Precision precision_;
};

}  // namespace

class Packer {
 public:
  enum class Shape { block, block_gated, columns };

  // In the tiles of `whole`, whose terms it has, or some of them.
  static Product pack(const Affine& affine, const Affine& whole, const kernels::Kernels& kernels, Shape shape) {
    const Precision precision = precision_of(affine);
    Product product;
    product.bias_.assign(kernels::padded(affine.out), 0.0f);
    for (std::size_t i = 0; i < affine.bias.size(); ++i) product.bias_[i] = float(affine.bias[i]);
    if (precision == Precision::int8 && shape == Shape::columns) product.scales_ = scales_of(affine);
    if (precision != Precision::int8 || shape == Shape::columns) {
      add_tiles(affine, whole, kernels, shape, precision, product);
    }
    point(affine, product);
    return product;
  }

 private:
  static void add_tiles(const Affine& affine, const Affine& whole, const kernels::Kernels& kernels, Shape shape,
                        Precision precision, Product& product) {
    const int most = affine.out <= kernels.lone_rows ? kernels.lone_rows : kernels.block_rows;
    cut(whole, kernels, shape, most, product.tiles_);
    for (kernels::Tile& tile : product.tiles_) {
      const int height = shape == Shape::columns ? tile.vectors * kernels.lanes : tile.rows;
      add_weights(affine, TileWeights(tile, height, precision), shape, tile, product);
    }
    product.read_ = product.weights_.size();
    if (shape == Shape::columns) return;
    if (kernels.tall_rows > 0) cut(whole, kernels, shape, kernels.tall_rows, product.tall_tiles_);
    for (kernels::Tile& tile : product.tall_tiles_) {
      add_weights(affine, TileWeights(tile, tile.rows, precision), shape, tile, product);
    }
    product.weights_.resize(product.weights_.size() + kernels::max_lanes);  // read beyond the end, by whole vectors
  }

  // Makes the view of arrays that are complete.
  static void point(const Affine& affine, Product& product) {
    kernels::ProductView& view = product.view_;
    view.weights = product.weights_.empty() ? nullptr : product.weights_.data();
    view.pairs = product.pairs_.empty() ? nullptr : product.pairs_.data();
    view.bytes = product.bytes_.empty() ? nullptr : product.bytes_.data();
    view.scales = product.scales_.data();
    view.bias = product.bias_.data();
    view.tiles = product.tiles_.data();
    view.ranges = product.ranges_.data();
    view.tall_tiles = product.tall_tiles_.data();
    view.tile_count = int(product.tiles_.size());
    view.tall_count = int(product.tall_tiles_.size());
    view.term_count = int(affine.terms.size());
    view.rows = affine.out;
  }

  // `most`: rows of a tile in block shape.
  static void cut(const Affine& affine, const kernels::Kernels& kernels, Shape shape, int most,
                  std::vector<kernels::Tile>& tiles) {
    if (shape == Shape::block_gated) return cut_gated(affine.out, most, tiles);
    const std::vector<int> cuts = group_boundaries(affine);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      if (shape == Shape::columns)
        cut_columns(cuts[i], cuts[i + 1], kernels, tiles);
      else
        cut_block(cuts[i], cuts[i + 1], most, tiles);
    }
  }

  static void add_weights(const Affine& affine, const TileWeights& weights, Shape shape, kernels::Tile& tile,
                          Product& product) {
    tile.ranges = product.ranges_.size();
    for (const Term& term : affine.terms) product.ranges_.push_back(range_of(term, tile.row));
    const auto append = [&](auto& to) {
      tile.weights = to.size();
      for (const Term& term : affine.terms) weights.append(term, to);
    };
    switch (shape == Shape::columns ? weights.precision() : Precision::f32) {
      case Precision::f32:
        return append(product.weights_);
      case Precision::bf16:
        return append(product.pairs_);
      case Precision::int8:
        return append(product.bytes_);
    }
  }

  static AlignedFloats scales_of(const Affine& affine) {
    AlignedFloats scales(affine.terms.size() * kernels::padded(affine.out), 0.0f);
    for (std::size_t t = 0; t < affine.terms.size(); ++t) {
      std::transform(affine.terms[t].scales.begin(), affine.terms[t].scales.end(),
                     scales.begin() + std::ptrdiff_t(t * kernels::padded(affine.out)) + affine.terms[t].row,
                     [](double scale) { return float(scale); });
    }
    return scales;
  }
};

Product pack_block(const Affine& affine, const kernels::Kernels& kernels) {
  return Packer::pack(affine, affine, kernels, Packer::Shape::block);
}

Product pack_block_gated(const Affine& affine, const kernels::Kernels& kernels) {
  return Packer::pack(affine, affine, kernels, Packer::Shape::block_gated);
}

Product pack_columns(const Affine& affine, const kernels::Kernels& kernels) {
  return pack_columns(affine, affine, kernels);
}

Product pack_columns(const Affine& affine, const Affine& whole, const kernels::Kernels& kernels) {
  return Packer::pack(affine, whole, kernels, Packer::Shape::columns);
}

}  // namespace atrous::network
