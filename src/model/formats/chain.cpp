#include "model/formats/chain.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace atrous::model {

std::vector<float> transposed(const std::vector<float>& values, int kernel, int in, int out) {
  std::vector<float> result(values.size());
  std::size_t next = 0;
  for (int k = 0; k < kernel; ++k) {
    for (int i = 0; i < in; ++i) {
      for (int o = 0; o < out; ++o) result[(std::size_t(o) * in + i) * kernel + k] = values[next++];
    }
  }
  return result;
}

void fold_batchnorm(const Batchnorm& norm, std::vector<float>& weight, std::vector<float>& bias) {
  const std::size_t row_size = weight.size() / bias.size();
  for (std::size_t row = 0; row < bias.size(); ++row) {
    const double deviation = std::sqrt(double(norm.variance[row]) + norm.epsilon);
    const double scale = double(norm.gamma[row]) / deviation;
    for (std::size_t i = row * row_size; i < (row + 1) * row_size; ++i) {
      weight[i] = float(scale * double(weight[i]));
    }
    const double centred = double(bias[row]) - double(norm.mean[row]);
    bias[row] = float(double(norm.beta[row]) + scale * centred);
  }
}

std::vector<float> joined(const std::vector<float>& input, const std::vector<float>& recurrent, int in, int cells) {
  std::vector<float> weight;
  weight.reserve(input.size() + recurrent.size());
  for (std::ptrdiff_t row = 0; row < std::ptrdiff_t(recurrent.size()) / cells; ++row) {
    weight.insert(weight.end(), input.begin() + row * in, input.begin() + (row + 1) * in);
    weight.insert(weight.end(), recurrent.begin() + row * cells, recurrent.begin() + (row + 1) * cells);
  }
  return weight;
}

std::vector<float> joined_gru_bias(const std::vector<float>& biases) {
  const std::size_t cells = biases.size() / 6;
  std::vector<float> bias(biases.begin(), biases.begin() + std::ptrdiff_t(3 * cells));
  const float* const state = biases.data() + 3 * cells;
  for (std::size_t i = 0; i < 2 * cells; ++i) bias[i] += state[i];
  bias.insert(bias.end(), state + 2 * cells, state + 3 * cells);
  return bias;
}

Chain::Chain(ModelData& data, int inputs, double gain)
    : data_(data), post_(data.config.wavenet.post), inputs_(inputs), width_(inputs), gain_(gain) {}

std::string Chain::architecture() const {
  for (const PostLayer& layer : post_) {
    if (has_cells(layer.kind)) return layer.kind == PostKind::gru ? "GRU" : "LSTM";
  }
  return "ConvNet";
}

PostTensors Chain::tensors() const {
  return post_tensors(post_.size() - 1, post_.back(), true);
}

// The first layer takes the gain, which is that of the sound alone: in the taps of its first input.
void Chain::add(PostKind kind, const Conv& conv, std::vector<float> weight, std::vector<float> bias) {
  const int rows = has_cells(kind) ? gates(kind) * conv.out : conv.out;
  if (post_.empty() && gain_ != 1) {
    const auto row = std::ptrdiff_t(weight.size()) / rows;
    for (int r = 0; r < rows / conv.groups; ++r) {  // those of the first group
      for (auto tap = weight.begin() + r * row, end = tap + conv.kernel; tap != end; ++tap) {
        *tap = float(gain_ * double(*tap));
      }
    }
  }
  post_.push_back({.activation = std::exchange(pending_, {}),
                   .conv = conv,
                   .kind = kind,
                   .softmax = std::exchange(pending_softmax_, false)});
  width_ = conv.out;
  const ProductTensors tensors = this->tensors().product;
  put_tensor(data_.tensors, tensors.weight, std::move(weight));
  if (tensors.bias) put_tensor(data_.tensors, *tensors.bias, std::move(bias));
}

void Chain::conv(const Conv& conv, std::vector<float> weight, std::vector<float> bias) {
  add(PostKind::conv, conv, std::move(weight), std::move(bias));
}

void Chain::cells(PostKind kind, int cells, std::vector<float> weight, std::vector<float> bias) {
  add(kind, {.in = width_, .out = cells}, std::move(weight), std::move(bias));
  const PostTensors tensors = this->tensors();
  for (const auto* start : {&tensors.hidden, &tensors.cell}) {
    if (*start) put_tensor(data_.tensors, **start, std::vector<float>(std::size_t(cells)));
  }
}

// A 1x1 that changes nothing, for an activation to stand in front of or behind.
void Chain::pass() {
  conv({.in = width_, .out = width_, .groups = width_, .bias = false}, std::vector<float>(std::size_t(width_), 1), {});
}

// An activation is that of the layer after it; where that place is taken, or the gain has to come first, a layer is
// put in between.
void Chain::activation(const Activation& activation) {
  if (pending() || (post_.empty() && gain_ != 1)) pass();
  pending_ = activation;
}

void Chain::softmax() {
  if (pending_softmax_ || (post_.empty() && gain_ != 1)) pass();
  pending_softmax_ = true;
}

void Chain::batchnorm(const Batchnorm& norm) {
  const bool follows_conv = !post_.empty() && post_.back().kind == PostKind::conv && !pending();
  if (!follows_conv) pass();
  post_.back().conv.bias = true;
  const ProductTensors tensors = this->tensors().product;
  Tensor& bias = data_.tensors[tensors.bias->name];
  bias.shape = tensors.bias->shape;
  bias.values.resize(std::size_t(width_));
  fold_batchnorm(norm, data_.tensors[tensors.weight.name].values, bias.values);
}

void Chain::knobs(const std::string& prefix, double default_value) {
  for (int i = 1; i < inputs_; ++i) {
    Knob& knob = data_.config.knobs.emplace_back();
    knob.name = prefix + std::to_string(i);
    knob.default_value = default_value;
  }
}

void Chain::finish() {
  const bool ends_in_conv = !post_.empty() && post_.back().kind == PostKind::conv;
  if (!ends_in_conv || pending()) pass();
  data_.config.wavenet.input.channels = inputs_;
  data_.config.wavenet.output.channels = width_;
}

}  // namespace atrous::model
