#include "run/stages.hpp"

#include <algorithm>
#include <memory>

#include "stream/block_queue.hpp"

namespace atrous::run {
namespace {

constexpr int stride = stream::block_frames;

// Scratch memory for any of a network's kernels: inputs to read, outputs to write.
struct Scratch {
  network::AlignedFloats in, out;
  std::vector<kernels::Rows> rows;    // more than any product has terms
  std::vector<const float*> columns;  // the same, times max_columns
  std::vector<float*> outs = std::vector<float*>(kernels::max_columns);
};

void widen(const network::CausalConv& conv, int& channels, int& taps) {
  channels = std::max({channels, conv.in, conv.out});
  taps = std::max(taps, conv.kernel + 1);
}

std::shared_ptr<Scratch> make_scratch(const network::Plan& plan) {
  int channels = std::max(plan.condition_channels, 1), taps = 2;
  for (const network::StackPlan& stack : plan.stacks) {
    if (stack.input) widen(*stack.input, channels, taps);
    for (const network::LayerPlan& layer : stack.layers) {
      widen(layer.conv, channels, taps);
      channels = std::max({channels, layer.skip.rows(), layer.residual_and_skip.rows()});
    }
    if (stack.head) widen(*stack.head, channels, taps);
  }
  for (const network::PostPlan& post : plan.post) widen(post.conv, channels, taps);
  auto scratch = std::make_shared<Scratch>();
  const std::size_t size = (kernels::padded(channels) + kernels::max_lanes) * stride;
  scratch->in.assign(size, 0.25f);
  scratch->out.assign(size, 0.0f);
  scratch->rows.assign(taps, kernels::Rows{scratch->in.data(), stride});
  scratch->columns.assign(static_cast<std::size_t>(taps) * kernels::max_columns, scratch->in.data());
  std::fill(scratch->outs.begin(), scratch->outs.end(), scratch->out.data());
  return scratch;
}

class BlockStages {
 public:
  BlockStages(const network::Plan& plan, int frames) : plan_(plan), frames_(frames), scratch_(make_scratch(plan)) {}

  std::function<void()> product(const network::Product& product) const {
    return [this_ = *this, view = product.view()] {
      float* out = this_.scratch_->out.data();
      this_.plan_.kernels->product_block(view, {this_.scratch_->rows.data(), nullptr, 0, out, stride, this_.frames_});
    };
  }

  std::function<void()> gate(const network::LayerPlan& layer) const {
    return [this_ = *this, &layer] {
      this_.plan_.kernels->gate({layer.gating, &layer.activation, &layer.secondary, this_.scratch_->in.data(), stride,
                                 static_cast<std::ptrdiff_t>(layer.bottleneck) * stride, this_.scratch_->out.data(),
                                 stride, layer.bottleneck, this_.frames_, false});
    };
  }

 private:
  const network::Plan& plan_;
  int frames_;
  std::shared_ptr<Scratch> scratch_;
};

class ColumnStages {
 public:
  explicit ColumnStages(const network::Plan& plan) : plan_(plan), scratch_(make_scratch(plan)) {}

  std::function<void()> product(const network::Product& product, int columns = 1) const {
    return [this_ = *this, view = product.view(), columns] {
      Scratch& scratch = *this_.scratch_;
      this_.plan_.kernels->product_columns(view,
                                           {scratch.columns.data(), nullptr, nullptr, scratch.outs.data(), columns});
    };
  }

  std::function<void()> gate(const network::LayerPlan& layer) const {
    return [this_ = *this, &layer] {
      this_.plan_.kernels->gate({layer.gating, &layer.activation, &layer.secondary, this_.scratch_->in.data(), 0,
                                 layer.bottleneck, this_.scratch_->out.data(), 0, 1, layer.bottleneck, true});
    };
  }

 private:
  const network::Plan& plan_;
  std::shared_ptr<Scratch> scratch_;
};

void drop_empty(std::vector<Stage>& stages) {
  std::erase_if(stages, [](const Stage& stage) { return stage.calls.empty(); });
}

}  // namespace

std::vector<Stage> block_stages(const network::Plan& plan, int frames) {
  const BlockStages make(plan, frames);
  const double samples = frames;
  Stage input{"input", samples, {}}, conv{"convolution", samples, {}}, gate{"activation", samples, {}},
      pointwise{"1x1", samples, {}}, head{"head", samples, {}};
  for (const network::StackPlan& stack : plan.stacks) {
    if (stack.input) input.calls.push_back(make.product(stack.input->block));
    for (const network::LayerPlan& layer : stack.layers) {
      conv.calls.push_back(make.product(layer.conv.block));
      gate.calls.push_back(make.gate(layer));
      if (!layer.residual.empty()) pointwise.calls.push_back(make.product(layer.residual));
      if (!layer.skip.empty()) pointwise.calls.push_back(make.product(layer.skip));
    }
    if (stack.head) head.calls.push_back(make.product(stack.head->block));
  }
  for (const network::PostPlan& post : plan.post) {
    if (!post.lstm) head.calls.push_back(make.product(post.conv.block));
  }
  std::vector<Stage> stages = {input, conv, gate, pointwise, head};
  drop_empty(stages);
  return stages;
}

std::vector<Stage> column_stages(const network::Plan& plan) {
  const ColumnStages make(plan);
  Stage newest{"newest taps", 1, {}}, gate{"activation", 1, {}}, pointwise{"1x1", 1, {}}, head{"head", 1, {}};
  std::vector<Stage> stages;
  for (const network::StackPlan& stack : plan.stacks) {
    for (const network::LayerPlan& layer : stack.layers) {
      const network::CausalConv& conv = layer.conv;
      if (conv.whole.empty()) {
        const std::string name = "past taps, " + std::to_string(conv.lookahead) + " steps at once";
        auto stage = std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return s.name == name; });
        if (stage == stages.end()) stage = stages.insert(stages.end(), {name, static_cast<double>(conv.lookahead), {}});
        stage->calls.push_back(make.product(conv.past, conv.lookahead));
      }
      newest.calls.push_back(make.product(conv.whole.empty() ? conv.newest : conv.whole));
      gate.calls.push_back(make.gate(layer));
      if (!layer.residual_and_skip.empty()) pointwise.calls.push_back(make.product(layer.residual_and_skip));
    }
    if (stack.head) head.calls.push_back(make.product(stack.head->biased()));
  }
  for (const network::PostPlan& post : plan.post) head.calls.push_back(make.product(post.conv.biased()));
  stages.insert(stages.end(), {newest, gate, pointwise, head});
  drop_empty(stages);
  return stages;
}

}  // namespace atrous::run
