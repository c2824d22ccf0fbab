#include "profiling/stages.hpp"

#include <algorithm>

#include "profiling/timed_shape.hpp"
#include "run/sampler.hpp"
#include "stream/block.hpp"
#include "stream/columns.hpp"

namespace atrous::profiling {
namespace {

std::vector<StageTime> times(const StageClock& clock, double samples, const network::Plan& plan) {
  std::vector<StageTime> result;
  for (std::size_t i = 0; i < stage_count; ++i) {
    const auto stage = static_cast<Stage>(i);
    const double seconds = clock.seconds(stage);
    // What comes before the first verb is next to nothing where there is no condition.
    const bool there = stage == Stage::condition ? plan.condition_plan || plan.upsampler
                                                 : seconds > 0 || clock.weight_bytes(stage) > 0;
    if (there) result.push_back({std::string(stage_names[i]), seconds / samples, clock.weight_bytes(stage) / samples});
  }
  return result;
}

// Blocks of a tone, enough of them that the clock can tell.
class BlockStages : public Stages {
 public:
  BlockStages(const network::Plan& plan, int frames)
      : plan_(plan),
        frames_(frames),
        blocks_(std::max(1, least_samples / frames)),
        stream_(plan),
        signal_(std::size_t(frames), 0.1f),
        rows_(std::size_t(plan.config.wavenet.input.channels), signal_.data()) {}

  void run() override {
    clock_.start();
    for (int block = 0; block < blocks_; ++block) {
      const std::size_t inner = plan_.condition_plan ? std::size_t(plan_.condition_plan->info.weight_bytes) : 0;
      clock_.enter(Stage::condition, inner);
      const stream::BlockInput input{.signal = rows_.data()};
      stream_.run_as(input, frames_, [this](stream::BlockShape& shape) { return TimedShape(shape, clock_); });
    }
    clock_.stop();
  }

  std::vector<StageTime> result() const override { return times(clock_, double(blocks_) * frames_, plan_); }

 private:
  static constexpr int least_samples = 1024;

  const network::Plan& plan_;
  int frames_, blocks_;
  stream::BlockStream stream_;
  std::vector<float> signal_;
  std::vector<const float*> rows_;  // of sound, and those of knobs
  StageClock clock_;
};

// Steps of some voices, as many as the widest look-ahead has, over and over the same features.
class ColumnStages : public Stages {
 public:
  ColumnStages(const network::Plan& plan, int columns)
      : plan_(plan),
        output_(std::size_t(plan.info.outputs)),
        sampler_(plan.config.wavenet.output, plan.config.code, {}) {
    for (std::size_t i = 0; i < output_.size(); ++i) output_[i] = float(i % 7) * 0.25f - 1.0f;
    if (plan.speakers) speaker_ = std::make_unique<stream::SpeakerBiases>(plan, 0);
    for (int voice = 0; voice < columns; ++voice) add_voice(voice);
    stream_ = std::make_unique<stream::ColumnStream>(plan, voices_);
  }

  void run() override {
    if (!conditions_.empty() && at_ + steps > conditions_.front()->available()) rewind();
    clock_.start();
    for (int step = 0; step < steps; ++step) {
      clock_.enter(Stage::condition, condition_bytes());
      stream_->step_as(heard_, [this](stream::ColumnShape& shape) { return TimedShape(shape, clock_); });
      clock_.enter(Stage::sampling);
      for (std::size_t voice = 0; voice < heard_.size(); ++voice) sampler_.sample(output_.data(), drawn_++);
    }
    clock_.stop();
    at_ += steps;
  }

  std::vector<StageTime> result() const override { return times(clock_, double(steps) * double(heard_.size()), plan_); }

 private:
  static constexpr int steps = 4 * kernels::max_columns;

  void add_voice(int voice) {
    const bool classes = plan_.config.wavenet.input.kind != model::InputKind::signal;
    heard_.push_back({voice, 0.1f, classes ? plan_.config.code->first : -1});
    voices_.push_back({speaker_.get(), nullptr});
    if (!plan_.upsampler) return;
    const auto frames = std::size_t(16 + 4096 / plan_.upsampler->hop());
    conditions_.push_back(std::make_unique<stream::Conditioning>(plan_));
    conditions_.back()->append(std::vector<float>(frames * plan_.upsampler->bins_in(), 0.25f));
    conditions_.back()->finish();
    voices_.back().condition = conditions_.back().get();
  }

  void rewind() {
    for (std::size_t voice = 0; voice < heard_.size(); ++voice) {
      conditions_[voice]->reset();
      stream_->reset(int(voice));
    }
    at_ = 0;
  }

  // Of all voices, at a step: the mixins are applied once per row of features.
  std::size_t condition_bytes() const {
    if (plan_.condition_plan) return std::size_t(plan_.condition_plan->info.weight_bytes);
    if (!plan_.interpolation) return 0;
    std::size_t bytes = 0;
    for (const network::StackPlan& stack : plan_.stacks) {
      for (const network::LayerPlan& layer : stack.layers) bytes += layer.projection.weight_bytes();
    }
    return bytes * heard_.size() / std::size_t(plan_.interpolation->hop());
  }

  const network::Plan& plan_;
  std::vector<float> output_;
  run::Sampler sampler_;
  std::unique_ptr<stream::SpeakerBiases> speaker_;
  std::vector<std::unique_ptr<stream::Conditioning>> conditions_;
  std::vector<stream::ColumnVoice> voices_;
  std::vector<stream::VoiceInput> heard_;
  std::unique_ptr<stream::ColumnStream> stream_;
  StageClock clock_;
  std::int64_t at_ = 0;
  std::uint64_t drawn_ = 0;
};

}  // namespace

std::unique_ptr<Stages> block_stages(const network::Plan& plan, int frames) {
  return std::make_unique<BlockStages>(plan, frames);
}

std::unique_ptr<Stages> column_stages(const network::Plan& plan, int columns) {
  return std::make_unique<ColumnStages>(plan, columns);
}

}  // namespace atrous::profiling
