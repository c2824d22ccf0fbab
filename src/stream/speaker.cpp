#include "stream/speaker.hpp"

#include "stream/arena.hpp"

namespace atrous::stream {

SpeakerBiases::SpeakerBiases(const network::Plan& plan, int speaker) {
  const int channels = plan.speakers->channels;
  const float* g = plan.speakers->table.data() + std::ptrdiff_t(speaker) * channels;
  for (const network::StackPlan& stack : plan.stacks) {
    for (const network::LayerPlan& layer : stack.layers) {
      const float* bias = layer.conv.block.view().bias;
      network::AlignedFloats sum(kernels::padded(layer.conv.out), 0.0f);
      for (int z = 0; z < layer.conv.out; ++z) {
        double value = double(bias[z]);
        for (int i = 0; i < channels; ++i) {
          value += layer.speaker[std::size_t(z) * channels + i] * double(g[i]);
        }
        sum[z] = float(value);
      }
      biases_.push_back(std::move(sum));
    }
  }
}

}  // namespace atrous::stream
