// A shape that runs another and takes the time of its verbs (stream/forward.hpp).
#pragma once

#include "profiling/stage_clock.hpp"
#include "stream/block_shape.hpp"
#include "stream/column_shape.hpp"

namespace atrous::profiling {

// What the product of a conv reads, in the one shape and in the other.
inline std::size_t conv_bytes(const stream::BlockShape&, const network::CausalConv& conv) {
  return conv.block.weight_bytes();
}
inline std::size_t conv_bytes(const stream::ColumnShape&, const network::CausalConv& conv) {
  return conv.biased().weight_bytes() + (conv.past.empty() ? 0 : conv.newest.weight_bytes());
}
inline std::size_t pointwise_bytes(const stream::BlockShape&, const network::LayerPlan& layer) {
  return layer.skip.block.weight_bytes() + layer.residual.block.weight_bytes();
}
inline std::size_t pointwise_bytes(const stream::ColumnShape&, const network::LayerPlan& layer) {
  return layer.residual_and_skip.weight_bytes();
}
inline std::size_t product_bytes(const stream::BlockShape&, const network::Pointwise& product) {
  return product.block.weight_bytes();
}
inline std::size_t product_bytes(const stream::ColumnShape&, const network::Pointwise& product) {
  return product.columns.weight_bytes();
}

template <class Shape>
class TimedShape {
 public:
  TimedShape(Shape& shape, StageClock& clock) : shape_(shape), clock_(clock) {}

  stream::Area begin() {
    clock_.enter(Stage::input);
    return shape_.begin();
  }
  stream::Area begin_sum() { return shape_.begin_sum(); }
  stream::Area input(const network::StackPlan& stack, stream::Area x) {
    clock_.enter(Stage::input, stack.input ? conv_bytes(shape_, *stack.input) : 0);
    return shape_.input(stack, x);
  }
  auto conv(const network::LayerPlan& layer, stream::Area v) {
    if constexpr (std::is_same_v<Shape, stream::ColumnShape>) {
      if (shape_.any_due(layer)) {
        clock_.enter(Stage::past, layer.conv.past.weight_bytes());
        shape_.convolve_past(layer);
      }
      const network::CausalConv& conv = layer.conv;
      clock_.enter(Stage::newest, shape_.looks_ahead(layer) ? conv.newest.weight_bytes() : conv_bytes(shape_, conv));
      return shape_.convolve_newest(layer, v);
    } else {
      clock_.enter(layer.fused ? Stage::layers : Stage::convolution,
                   conv_bytes(shape_, layer.conv) + (layer.fused ? layer.residual.block.weight_bytes() : 0));
      return shape_.conv(layer, v);
    }
  }
  template <class Sums>
  auto gate(const network::LayerPlan& layer, const Sums& z) {
    if (!at_one_go(layer)) clock_.enter(Stage::activation);
    return shape_.gate(layer, z);
  }
  template <class Sums>
  void skip(const network::LayerPlan& layer, const Sums& u, stream::Area acc) {
    if (!at_one_go(layer)) clock_.enter(Stage::pointwise, pointwise_bytes(shape_, layer));
    if (at_one_go(layer) && !layer.identity_skip) clock_.enter(Stage::pointwise, product_bytes(shape_, layer.skip));
    shape_.skip(layer, u, acc);
  }
  template <class Sums>
  stream::Area residual(const network::LayerPlan& layer, const Sums& u, stream::Area v) {
    return shape_.residual(layer, u, v);
  }
  stream::Area head(const network::StackPlan& stack, stream::Area acc) {
    clock_.enter(Stage::head, stack.head ? conv_bytes(shape_, *stack.head) : 0);
    return shape_.head(stack, acc);
  }
  stream::Area post(const network::PostPlan& post, stream::Area x) {
    if (post.cells)
      clock_.enter(Stage::cells, (post.cells->weights.size() + post.cells->bias.size()) * sizeof(float));
    else if (post.fir)
      clock_.enter(Stage::filter, post.fir->direct.size() * sizeof(float));
    else
      clock_.enter(Stage::head, conv_bytes(shape_, post.conv));
    return shape_.post(post, x);
  }
  void end(stream::Area x) { shape_.end(x); }

  template <class Work>
  void once(Work work) {
    shape_.once(work);
  }
  stream::Area condition() const { return shape_.condition(); }
  stream::Area kept() const { return shape_.kept(); }
  stream::Area part() const { return shape_.part(); }
  stream::Area mixed() const { return shape_.mixed(); }
  stream::Area next(const network::LayerPlan& layer, stream::Area v) { return shape_.next(layer, v); }
  void copy(stream::Area from, int rows, stream::Area to) { shape_.copy(from, rows, to); }
  void add(stream::Area sum, stream::Area values, int rows) { shape_.add(sum, values, rows); }
  void carry(const network::LayerPlan& layer, stream::Area v) { shape_.carry(layer, v); }
  void multiply(const network::Pointwise& product, stream::Area in, stream::Area start, stream::Area out) {
    clock_.enter(Stage::pointwise, product_bytes(shape_, product));
    shape_.multiply(product, in, start, out);
  }
  void film(const network::FilmPlan& film, stream::Area area) {
    if (film.width > 0) clock_.enter(Stage::film, product_bytes(shape_, film.scale_shift));
    shape_.film(film, area);
  }

 private:
  static bool at_one_go(const network::LayerPlan& layer) {
    return std::is_same_v<Shape, stream::BlockShape> && layer.fused;
  }

  Shape& shape_;
  StageClock& clock_;
};

}  // namespace atrous::profiling
