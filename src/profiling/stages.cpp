#include "profiling/stages.hpp"

#include <algorithm>
#include <memory>

#include "run/sampler.hpp"
#include "stream/conditioning.hpp"
#include "stream/fir.hpp"
#include "stream/lstm.hpp"

namespace atrous::profiling {
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
      for (const network::FilmPlan& point : layer.film) channels = std::max(channels, point.scale_shift.rows());
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

  void add_product(Stage& stage, const network::Product& product) const {
    if (product.empty()) return;
    stage.weight_bytes += product.weight_bytes();
    stage.calls.push_back([this_ = *this, view = product.view()] {
      float* out = this_.scratch_->out.data();
      this_.plan_.kernels->product_block(view, {this_.scratch_->rows.data(), nullptr, 0, out, stride, this_.frames_});
    });
  }

  void add_gate(Stage& stage, const network::LayerPlan& layer) const {
    stage.calls.push_back([this_ = *this, &layer] {
      this_.plan_.kernels->gate({layer.gating, &layer.activation, &layer.secondary, this_.scratch_->in.data(), stride,
                                 static_cast<std::ptrdiff_t>(layer.bottleneck) * stride, this_.scratch_->out.data(),
                                 stride, layer.bottleneck, this_.frames_, false});
    });
  }

  void add_lstm(Stage& stage, const network::LstmPlan& plan) const {
    auto arena = std::make_shared<stream::Arena>();
    const stream::Lstm lstm(plan, *arena);
    arena->allocate();
    stage.weight_bytes += (plan.weights.size() + plan.bias.size()) * sizeof(float);
    stage.calls.push_back([this_ = *this, arena, lstm] {
      Scratch& scratch = *this_.scratch_;
      lstm.run(*this_.plan_.kernels, *arena, {scratch.in.data(), stride}, this_.frames_, {scratch.out.data(), stride});
    });
  }

  void add_fir(Stage& stage, const network::FirPlan& plan) const {
    auto arena = std::make_shared<stream::Arena>();
    auto fir = std::make_shared<stream::Fir>(plan, *arena);
    arena->allocate();
    stage.weight_bytes += plan.direct.size() * sizeof(float);
    for (const network::FirLevel& level : plan.levels) {  // read once per period
      stage.weight_bytes += level.spectra.size() * sizeof(float) * static_cast<std::size_t>(frames_) / level.size;
    }
    stage.calls.push_back([this_ = *this, arena, fir] {
      Scratch& scratch = *this_.scratch_;
      fir->run(*this_.plan_.kernels, *arena, scratch.in.data(), this_.frames_, scratch.out.data());
    });
  }

 private:
  const network::Plan& plan_;
  int frames_;
  std::shared_ptr<Scratch> scratch_;
};

class ColumnStages {
 public:
  explicit ColumnStages(const network::Plan& plan) : plan_(plan), scratch_(make_scratch(plan)) {}

  void add_product(Stage& stage, const network::Product& product, int columns = 1) const {
    if (product.empty()) return;
    stage.weight_bytes += product.weight_bytes();
    stage.calls.push_back([this_ = *this, view = product.view(), columns] {
      Scratch& scratch = *this_.scratch_;
      this_.plan_.kernels->product_columns(view,
                                           {scratch.columns.data(), nullptr, nullptr, scratch.outs.data(), columns});
    });
  }

  void add_gate(Stage& stage, const network::LayerPlan& layer, int columns) const {
    stage.calls.push_back([this_ = *this, &layer, columns] {
      const auto row = static_cast<std::ptrdiff_t>(kernels::padded(layer.conv.out));
      this_.plan_.kernels->gate({layer.gating, &layer.activation, &layer.secondary, this_.scratch_->in.data(), row,
                                 layer.bottleneck, this_.scratch_->out.data(), row, columns, layer.bottleneck, true});
    });
  }

  // One voice's features, brought to the mixins of every layer, stage.samples_per_call samples at a time.
  void add_condition(Stage& stage) const {
    if (!plan_.interpolation) return;
    const auto samples = static_cast<int>(stage.samples_per_call);
    const auto hop = static_cast<int>(plan_.upsampler->hop());
    auto condition = std::make_shared<stream::Conditioning>(plan_);
    const auto frames = static_cast<std::size_t>(16 + 4096 / hop);
    condition->append(std::vector<float>(frames * plan_.upsampler->bins_in(), 0.25f));
    condition->finish();
    for (const network::StackPlan& stack : plan_.stacks) {
      for (const network::LayerPlan& layer : stack.layers) {
        const std::size_t bytes = layer.projection.weight_bytes() * static_cast<std::size_t>(samples);
        stage.weight_bytes += bytes / static_cast<std::size_t>(plan_.interpolation->hop());
      }
    }
    stage.calls.push_back([this_ = *this, condition, samples, from = std::int64_t{0}]() mutable {
      if (from + samples > condition->available()) {
        condition->reset();
        from = 0;
      }
      this_.run_condition(*condition, from, samples);
      from += samples;
    });
  }

  // Draws one sample per column from some output.
  void add_sampling(Stage& stage, int columns) const {
    std::vector<float> output(static_cast<std::size_t>(plan_.info.outputs));
    for (std::size_t i = 0; i < output.size(); ++i) output[i] = static_cast<float>(i % 7) * 0.25f - 1.0f;
    run::Sampler sampler(plan_.config.wavenet.output, plan_.config.code, {});
    stage.calls.push_back([sampler, output, columns, index = std::uint64_t{0}]() mutable {
      for (int n = 0; n < columns; ++n) sampler.sample(output.data(), index++);
    });
  }

 private:
  void run_condition(stream::Conditioning& condition, std::int64_t from, int samples) const {
    condition.prepare(from, samples);
    for (const network::StackPlan& stack : plan_.stacks) {
      for (const network::LayerPlan& layer : stack.layers) {
        for (std::int64_t t = from; t < from + samples; ++t) {
          condition.mix(layer.index, t, 0, layer.conv.out, scratch_->out.data());
        }
      }
    }
  }

  const network::Plan& plan_;
  std::shared_ptr<Scratch> scratch_;
};

// A whole network as one stage of another.
void add_all(Stage& stage, const std::vector<Stage>& stages) {
  for (const Stage& each : stages) {
    const auto repeats = static_cast<std::size_t>(stage.samples_per_call / each.samples_per_call);
    stage.weight_bytes += repeats * each.weight_bytes;
    for (std::size_t i = 0; i < repeats; ++i) {
      stage.calls.insert(stage.calls.end(), each.calls.begin(), each.calls.end());
    }
  }
}

void drop_empty(std::vector<Stage>& stages) {
  std::erase_if(stages, [](const Stage& stage) { return stage.calls.empty(); });
}

}  // namespace

std::vector<Stage> block_stages(const network::Plan& plan, int frames) {
  const BlockStages make(plan, frames);
  const double samples = frames;
  Stage condition{"condition", samples}, input{"input", samples}, conv{"convolution", samples}, film{"film", samples},
      gate{"activation", samples}, pointwise{"1x1", samples}, head{"head", samples}, cells{"cells", samples},
      filter{"filter", samples};
  if (plan.condition_plan) add_all(condition, block_stages(*plan.condition_plan, frames));
  for (const network::StackPlan& stack : plan.stacks) {
    if (stack.input) make.add_product(input, stack.input->block);
    for (const network::LayerPlan& layer : stack.layers) {
      make.add_product(conv, layer.conv.block);
      make.add_product(conv, layer.mixin);
      for (const network::FilmPlan& point : layer.film) make.add_product(film, point.scale_shift);
      make.add_gate(gate, layer);
      make.add_product(pointwise, layer.residual);
      make.add_product(pointwise, layer.skip);
    }
    if (stack.head) make.add_product(head, stack.head->block);
  }
  for (const network::PostPlan& post : plan.post) {
    if (post.lstm)
      make.add_lstm(cells, *post.lstm);
    else if (post.fir)
      make.add_fir(filter, *post.fir);
    else
      make.add_product(head, post.conv.block);
  }
  std::vector<Stage> stages = {condition, input, conv, film, gate, pointwise, cells, filter, head};
  drop_empty(stages);
  return stages;
}

std::vector<Stage> column_stages(const network::Plan& plan, int columns) {
  const ColumnStages make(plan);
  const double samples = columns;
  Stage newest{"newest taps", samples}, gate{"activation", samples}, pointwise{"1x1", samples}, head{"head", samples};
  std::vector<Stage> stages;
  for (const network::StackPlan& stack : plan.stacks) {
    for (const network::LayerPlan& layer : stack.layers) {
      const network::CausalConv& conv = layer.conv;
      if (!conv.past.empty()) {
        const int steps = std::min(conv.lookahead, std::max(1, kernels::max_columns / columns));
        const std::string name = "past taps, steps at once: " + std::to_string(steps);
        auto stage = std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return s.name == name; });
        if (stage == stages.end()) stage = stages.insert(stages.end(), {name, samples * steps});
        make.add_product(*stage, conv.past, columns * steps);
      }
      make.add_product(newest, conv.whole.empty() ? conv.newest : conv.whole, columns);
      make.add_gate(gate, layer, columns);
      make.add_product(pointwise, layer.residual_and_skip, columns);
    }
    if (stack.head) make.add_product(head, stack.head->biased(), columns);
  }
  for (const network::PostPlan& post : plan.post) make.add_product(head, post.conv.biased(), columns);
  Stage condition{"condition", kernels::max_columns}, sampling{"sampling", samples};
  make.add_condition(condition);
  make.add_sampling(sampling, columns);
  stages.insert(stages.begin(), condition);
  stages.insert(stages.end(), {newest, gate, pointwise, head, sampling});
  drop_empty(stages);
  return stages;
}

}  // namespace atrous::profiling
