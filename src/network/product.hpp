// A sum of matrix products, y = bias + Σ W·x: as folded from a model, and as packed for the kernels.
#pragma once

#include <new>
#include <span>
#include <vector>

#include <atrous/model.hpp>

#include "kernels/kernels.hpp"

namespace atrous::network {

// A vector whose data starts on a boundary that every instruction set can load whole vectors from.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete(p, alignment); }
  bool operator==(const AlignedAllocator&) const noexcept { return true; }
};
template <class T>
using Aligned = std::vector<T, AlignedAllocator<T>>;
using AlignedFloats = Aligned<float>;

// One term: weights [rows][in / groups], where group g's rows read group g's inputs. They are all rows of the product,
// or those from `row` on; the others do not read it.
struct Term {
  int in = 0, groups = 1;
  std::vector<double> weights;
  Precision precision = Precision::f32;
  std::vector<double> scales{};  // int8: [rows], of whose rows the weights are whole multiples
  int row = 0;

  int inputs() const noexcept { return in / groups; }  // of a row
  int rows() const noexcept { return int(weights.size()) / inputs(); }
};

// Folded but not yet packed.
struct Affine {
  int out = 0;
  std::vector<double> bias;  // [out]
  std::vector<Term> terms;   // in the order of summation
};

// Packed. In block shape bf16 weights are packed as f32, and int8 ones not at all: what is left is the rows
// and the bias.
class Product {
 public:
  Product() = default;
  Product(Product&&) = default;  // the view goes on pointing to the same arrays
  Product& operator=(Product&&) = default;

  const kernels::ProductView& view() const noexcept { return view_; }
  // The same with another bias: [rows padded to max_lanes].
  kernels::ProductView view_with(const float* bias) const noexcept {
    kernels::ProductView with_bias = view_;
    with_bias.bias = bias;
    return with_bias;
  }
  // The packed numbers, of products whose weights change while they run.
  std::span<float> weights() noexcept { return weights_; }
  std::span<float> bias() noexcept { return bias_; }
  bool empty() const noexcept { return view_.rows == 0; }
  int rows() const noexcept { return view_.rows; }
  // What one call reads, padding included: a block runs through either of its two kinds of tiles.
  std::size_t weight_bytes() const noexcept {
    return (read_ + scales_.size()) * sizeof(float) + pairs_.size() * sizeof(std::uint32_t) + bytes_.size();
  }

 private:
  friend class Packer;
  kernels::ProductView view_{};
  AlignedFloats weights_, scales_, bias_;
  Aligned<std::uint32_t> pairs_;
  Aligned<std::uint8_t> bytes_;
  std::vector<kernels::Tile> tiles_, tall_tiles_;
  std::size_t read_ = 0;  // floats of weights_
  std::vector<kernels::InputRange> ranges_;
};

Product pack_block(const Affine& affine, const kernels::Kernels& kernels);
// The rows are z₁ | z₂ of a gate that runs in registers: tiles hold as many rows of either. Without groups.
Product pack_block_gated(const Affine& affine, const kernels::Kernels& kernels);
Product pack_columns(const Affine& affine, const kernels::Kernels& kernels);
// Of some of the terms of `whole`, in its tiles, so that threads share the rows of both alike.
Product pack_columns(const Affine& affine, const Affine& whole, const kernels::Kernels& kernels);

}  // namespace atrous::network
