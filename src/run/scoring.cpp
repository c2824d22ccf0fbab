#include "run/scoring.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <atrous/error.hpp>

#include "network/access.hpp"
#include "run/code.hpp"
#include "stream/floating_point.hpp"

namespace atrous::run {

namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::argument, "score: " + message);
}

void check(const Network& network, int speaker) {
  if (!network.info().generates) refuse("the model's output is a signal, not a distribution");
  const int speakers = std::max(network.info().speakers, 1);
  if (speaker < 0 || speaker >= speakers) {
    refuse("speaker is " + std::to_string(speaker) + ", expected 0 to " + std::to_string(speakers - 1));
  }
}

}  // namespace

Scoring::Scoring(const Network& network, int speaker, Outputs outputs)
    : network_(network),
      plan_(Network::Access::plan(network_)),
      uses_classes_(plan_.config.wavenet.input.kind != model::InputKind::signal ||
                    model::gives_classes(plan_.config.wavenet.output.kind)),
      outputs_(std::move(outputs)),
      y_(std::size_t(plan_.info.outputs)) {
  check(network, speaker);
  distribution_ = make_distribution(plan_.config.wavenet.output, plan_.config.code);
  if (plan_.upsampler) condition_.emplace(plan_);
  if (plan_.speakers) speaker_.emplace(plan_, speaker);
  stream_.emplace(plan_, speaker_ ? &*speaker_ : nullptr, condition_ ? &*condition_ : nullptr);
}

void Scoring::take(std::span<const float> signal, std::span<const int> classes) {
  const int most = uses_classes_ ? plan_.config.code->classes : 0;
  for (const int label : classes) {
    if (label < 0 || label >= most) {
      refuse("a class is " + std::to_string(label) + ", expected 0 to " + std::to_string(most - 1));
    }
    if (plan_.config.wavenet.input.kind == model::InputKind::class_value) {
      input_.push_back(class_value(*plan_.config.code, label));
    }
  }
  signal_.insert(signal_.end(), signal.begin(), signal.end());
  classes_.insert(classes_.end(), classes.begin(), classes.end());
  heard_ += uses_classes_ ? classes.size() : signal.size();
  // Blocks are run whole, and the last known sample is as yet a target alone.
  const std::uint64_t steps = known() > 0 ? known() - 1 : 0;
  if (steps > run_) run_to(steps - (steps - run_) % stream::block_frames);
}

std::uint64_t Scoring::known() const noexcept {
  if (!condition_) return heard_;
  return std::min(heard_, std::uint64_t(std::max<std::int64_t>(condition_->available(), 0)));
}

void Scoring::run_to(std::uint64_t end) {
  const stream::FloatingPointScope scope;
  const std::vector<float>& signal = input_.empty() ? signal_ : input_;
  while (run_ < end) {
    const int frames = int(std::min<std::uint64_t>(end - run_, stream::block_frames));
    const auto at = std::size_t(run_ - begin_);
    const float* x = plan_.class_input || signal.empty() ? nullptr : signal.data() + at;
    const int* classes = classes_.empty() ? nullptr : classes_.data() + at;
    const kernels::Rows out = stream_->run(x, classes, frames);
    if (outputs_) outputs_(out, frames);
    count(out, frames);
    run_ += std::uint64_t(frames);
  }
  const auto forget = [&](auto& values) {
    values.erase(values.begin(), values.begin() + std::ptrdiff_t(std::min<std::size_t>(run_ - begin_, values.size())));
  };
  forget(signal_), forget(input_), forget(classes_);
  begin_ = run_;
}

// The step that reads sample t is asked for sample t + 1; the last one has nothing to be asked for.
void Scoring::count(const kernels::Rows& out, int frames) {
  const auto warm_from = std::uint64_t(plan_.info.receptive_field - 1);
  for (int i = 0; i < frames; ++i) {
    const std::uint64_t step = run_ + std::uint64_t(i);
    if (step + 1 == known()) return;
    for (std::size_t row = 0; row < y_.size(); ++row) y_[row] = out.data[std::ptrdiff_t(row) * out.stride + i];
    const double nats = nll(std::size_t(step + 1 - begin_));
    sum_ += nats;
    if (step >= warm_from) warm_sum_ += nats;
  }
}

double Scoring::nll(std::size_t target) const {
  if (model::gives_classes(plan_.config.wavenet.output.kind)) return distribution_->nll(y_.data(), classes_[target], 0);
  return distribution_->nll(y_.data(), -1, double(signal_[target]));
}

Score Scoring::finish(bool may_leave_out) {
  if (condition_) condition_->finish();
  if (condition_ && condition_->available() <= 0) refuse("the model is conditioned on features, and none were given");
  const std::uint64_t length = known();
  if (!may_leave_out && length < heard_) {
    refuse("the features cover " + std::to_string(length) + " samples, expected at least " + std::to_string(heard_));
  }
  if (length < 2) refuse("the sound has " + std::to_string(length) + " samples, expected at least 2");
  run_to(length);
  const auto warm_from = std::uint64_t(plan_.info.receptive_field - 1);
  Score result;
  result.steps = std::size_t(length - 1);
  result.nll_nats = sum_ / double(result.steps);
  result.nll_nats_after_receptive_field = result.steps > warm_from ? warm_sum_ / double(result.steps - warm_from)
                                                                   : std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace atrous::run
