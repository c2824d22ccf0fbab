#include "network/product.hpp"

#include <algorithm>
#include <set>

namespace atrous::network {
namespace {

// Runs of rows that read the same inputs of every term: cut wherever a group of some term ends.
std::vector<int> group_boundaries(const Affine& affine) {
  std::set<int> cuts = {0, affine.out};
  for (const Term& term : affine.terms) {
    for (int g = 1; g < term.groups; ++g) cuts.insert(affine.out / term.groups * g);
  }
  return {cuts.begin(), cuts.end()};
}

// Block shape: tiles as even as possible, none above `most` rows.
void cut_block(int first, int end, int most, std::vector<kernels::Tile>& tiles) {
  const int count = (end - first + most - 1) / most;
  for (int i = 0; i < count; ++i) {
    const int rows = (end - first) / (count - i) + ((end - first) % (count - i) != 0);
    tiles.push_back({first, rows, 0, 0, 0, 0});
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
    tiles.push_back({first, rows, 0, vectors, 0, 0});
    first += rows;
  }
}

}  // namespace

class Packer {
 public:
  enum class Shape { block, block_gated, columns };

  static Product pack(const Affine& affine, const kernels::Kernels& kernels, Shape shape) {
    Product product;
    product.rows_ = affine.out;
    product.terms_ = static_cast<int>(affine.terms.size());
    product.bias_.assign(kernels::padded(affine.out), 0.0f);
    for (std::size_t i = 0; i < affine.bias.size(); ++i) product.bias_[i] = static_cast<float>(affine.bias[i]);
    cut(affine, kernels, shape, kernels.block_rows, product.tiles_);
    for (kernels::Tile& tile : product.tiles_) {
      const int height = shape == Shape::columns ? tile.vectors * kernels.lanes : tile.rows;
      add_weights(affine, height, tile, product);
    }
    product.read_ = product.weights_.size();
    if (shape == Shape::columns) return product;
    if (kernels.tall_rows > 0) cut(affine, kernels, shape, kernels.tall_rows, product.tall_tiles_);
    for (kernels::Tile& tile : product.tall_tiles_) add_weights(affine, tile.rows, tile, product);
    product.weights_.resize(product.weights_.size() + kernels::max_lanes);  // read beyond the end, by whole vectors
    return product;
  }

 private:
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

  // [term][input][row], the rows filled up to `height` with zeros.
  static void add_weights(const Affine& affine, int height, kernels::Tile& tile, Product& product) {
    tile.weights = product.weights_.size();
    tile.ranges = product.ranges_.size();
    for (const Term& term : affine.terms) {
      const int inputs = term.in / term.groups;
      product.ranges_.push_back({tile.row / (affine.out / term.groups) * inputs, inputs});
      for (int i = 0; i < inputs; ++i) {
        for (int r = 0; r < height; ++r) {
          const std::size_t row = tile.row + r + (2 * r >= tile.rows ? tile.gap : 0);
          product.weights_.push_back(r < tile.rows ? static_cast<float>(term.weights[row * inputs + i]) : 0.0f);
        }
      }
    }
  }
};

Product pack_block(const Affine& affine, const kernels::Kernels& kernels) {
  return Packer::pack(affine, kernels, Packer::Shape::block);
}

Product pack_block_gated(const Affine& affine, const kernels::Kernels& kernels) {
  return Packer::pack(affine, kernels, Packer::Shape::block_gated);
}

Product pack_columns(const Affine& affine, const kernels::Kernels& kernels) {
  return Packer::pack(affine, kernels, Packer::Shape::columns);
}

}  // namespace atrous::network
