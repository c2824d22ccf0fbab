// Building a model that is a chain: convolutions, recurrent cells and activations one after the other, which the
// post-net runs without any stack. Readers add the layers in the order of their file.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/model_data.hpp"
#include "model/tensor_shapes.hpp"

namespace atrous::model {

// A tensor [kernel][in][out], as Keras has it, turned to [out][in][kernel].
std::vector<float> transposed(const std::vector<float>& values, int kernel, int in, int out);

// gamma · (y - mean) / √(variance + epsilon) + beta, a value of each but epsilon per channel.
struct Batchnorm {
  std::vector<float> mean, variance, gamma, beta;
  double epsilon = 0;
};

// Folds what follows a convolution into its weight [out][…] and bias [out].
void fold_batchnorm(const Batchnorm& norm, std::vector<float>& weight, std::vector<float>& bias);

// The weights of cells in the layout of config.hpp: [gates·cells][in + cells], from [gates·cells][in] and
// [gates·cells][cells].
std::vector<float> joined(const std::vector<float>& input, const std::vector<float>& recurrent, int in, int cells);

// The bias of GRU cells in the layout of config.hpp, [4·cells], from that of what they read, z, r, n, and that of their
// state, [2][3·cells].
std::vector<float> joined_gru_bias(const std::vector<float>& biases);

class Chain {
 public:
  // The first input, the sound, is multiplied by `gain`, folded into the weights of the first layer.
  Chain(ModelData& data, int inputs, double gain = 1);

  int width() const noexcept { return width_; }  // channels that the next layer reads
  int layers() const noexcept { return int(post_.size()); }
  // "LSTM" or "GRU" where it has such cells, of the first; else "ConvNet".
  std::string architecture() const;

  // weight [conv.out][conv.in/groups][kernel]; bias [conv.out], or empty where conv.bias is false.
  void conv(const Conv& conv, std::vector<float> weight, std::vector<float> bias);
  // weight [gates·cells][in + cells], bias [4·cells]; they start from zeros.
  void cells(PostKind kind, int cells, std::vector<float> weight, std::vector<float> bias);
  void activation(const Activation& activation);
  void softmax();
  void batchnorm(const Batchnorm& norm);

  // Of the inputs those behind the first are knobs, from 0 to 1: `prefix` and their number name them.
  void knobs(const std::string& prefix, double default_value);

  // A chain ends with a convolution: one that passes everything on where the last layer is none.
  void finish();

 private:
  void add(PostKind kind, const Conv& conv, std::vector<float> weight, std::vector<float> bias);
  void pass();
  PostTensors tensors() const;  // of the last layer
  bool pending() const noexcept { return pending_softmax_ || pending_.kind != ActivationKind::identity; }

  ModelData& data_;
  std::vector<PostLayer>& post_;
  int inputs_, width_;
  double gain_;
  Activation pending_;  // of what the next layer reads
  bool pending_softmax_ = false;
};

// y[t] = taps[0] x[t] + taps[1] x[t-1] + …, as Model::from_taps has it; not validated. In taps.cpp.
ModelData filter_of(std::span<const float> taps, double sample_rate, const std::string& name);

}  // namespace atrous::model
