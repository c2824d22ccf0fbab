#include "stream/block.hpp"

#include <algorithm>

#include "stream/finite.hpp"

namespace atrous::stream {
namespace {

void fill_rows(Area chunk, std::span<const float> values) noexcept {
  for (const float value : values) {
    std::fill_n(chunk.data, block_frames, value);
    chunk.data += chunk.stride;
  }
}

// Rows of the chunk buffers that modulated layers need.
struct ModulatedWidths {
  int film = 0, part = 0, mixed = 0, kept = 0;

  void widen(const network::LayerPlan& layer) {
    if (!layer.modulated) return;
    for (const network::FilmPlan& each : layer.film) {
      film = std::max(film, each.scale_shift.rows());
      part = std::max(part, each.width);
    }
    mixed = std::max(mixed, layer.conv.out);
    kept = std::max(kept, layer.conv.in);
  }
};

}  // namespace

BlockStream::BlockStream(const network::Plan& plan) : plan_(plan) {
  int z = 0, u = 0;
  ModulatedWidths modulated;
  for (const network::StackPlan& stack : plan.stacks) {
    StackQueues queues;
    if (stack.input) queues.input = add_queue(*stack.input);
    queues.first_layer = queues_.size();
    for (const network::LayerPlan& layer : stack.layers) {
      add_queue(layer.conv);
      z = std::max(z, layer.conv.out);
      u = std::max(u, layer.bottleneck);
      modulated.widen(layer);
    }
    if (stack.head) queues.head = add_queue(*stack.head);
    stacks_.push_back(queues);
  }
  first_post_ = queues_.size();
  for (const network::PostPlan& post : plan.post) {
    add_queue(post.conv);
    lstms_.emplace_back();
    if (post.lstm) lstms_.back().emplace(*post.lstm, arena_);
    firs_.emplace_back();
    if (post.fir) firs_.back().emplace(*post.fir, arena_);
  }

  const auto reserve = [this](int rows) { return arena_.reserve(static_cast<std::size_t>(rows) * block_frames); };
  mixed_columns_ = plan.upsampler ? reserve(static_cast<int>(kernels::padded(z))) : 0;
  z_ = reserve(z);
  u_ = reserve(u);
  output_ = reserve(plan.info.outputs);
  sum_start_ = reserve(static_cast<int>(sum_bias().size()));
  film_ = reserve(modulated.film);
  part_ = reserve(modulated.part);
  mixed_ = reserve(modulated.mixed);
  kept_ = reserve(modulated.kept);
  arena_.allocate();
  prepare_fused();
  if (plan.class_input) {
    classes_.resize(static_cast<std::size_t>(plan.class_input->kernel - 1) * plan.class_input->dilation);
  }
  if (plan.condition_plan) condition_model_ = std::make_unique<BlockStream>(*plan.condition_plan);
  reset();
}

std::size_t BlockStream::add_queue(const network::CausalConv& conv) {
  queues_.emplace_back(arena_, conv.in, conv.span());
  return queues_.size() - 1;
}

void BlockStream::reset(int lead) noexcept {
  std::fill(arena_.floats().begin(), arena_.floats().end(), 0.0f);
  fill_rows(chunk(sum_start_), sum_bias());
  for (BlockQueue& queue : queues_) queue.rewind(lead);
  std::fill(classes_.begin(), classes_.end(), -1);  // no class at all: zeros
  for (const std::optional<Lstm>& lstm : lstms_) {
    if (lstm) lstm->reset(arena_);
  }
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->reset(arena_);
  }
  if (condition_model_) condition_model_->reset(lead);
  wake();
}

BlockStream::Snapshot BlockStream::snapshot() const {
  Snapshot snapshot{arena_.floats(), {}, classes_, {}};
  if (condition_model_) snapshot.condition.push_back(condition_model_->snapshot());
  for (const BlockQueue& queue : queues_) snapshot.positions.push_back(queue.position());
  for (const std::optional<Fir>& fir : firs_) snapshot.positions.push_back(fir ? fir->position() : 0);
  return snapshot;
}

void BlockStream::restore(const Snapshot& snapshot) noexcept {
  std::size_t from = 0;
  const auto copy_to = [&](std::size_t to) {
    std::copy_n(snapshot.floats.data() + from, to - from, arena_.at(from));
    from = to;
  };
  for (const std::optional<Fir>& fir : firs_) {
    if (fir) copy_to(fir->begin()), from = fir->end();
  }
  copy_to(snapshot.floats.size());
  restore_filters(snapshot);
  restore_queues(snapshot);
  if (condition_model_) condition_model_->restore(snapshot.condition.front());
}

void BlockStream::restore_floats(const Snapshot& snapshot, std::size_t from, std::size_t count) noexcept {
  const std::size_t size = snapshot.floats.size(), own = from < size ? std::min(count, size - from) : 0;
  std::copy_n(snapshot.floats.data() + from, own, arena_.at(from));
  if (own < count) condition_model_->restore_floats(snapshot.condition.front(), from + own - size, count - own);
}

void BlockStream::finish_restoring(const Snapshot& snapshot) noexcept {
  const std::int64_t* position = snapshot.positions.data() + queues_.size();
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->set_position(*position);
    ++position;
  }
  restore_queues(snapshot);
  if (condition_model_) condition_model_->finish_restoring(snapshot.condition.front());
}

// Where the queues stand, and what they do not hold.
void BlockStream::restore_queues(const Snapshot& snapshot) noexcept {
  std::copy(snapshot.classes.begin(), snapshot.classes.end(), classes_.begin());
  const std::int64_t* position = snapshot.positions.data();
  for (BlockQueue& queue : queues_) queue.set_position(static_cast<int>(*position++));
  wake();
}

void BlockStream::restore_filters(const Snapshot& snapshot) noexcept {
  const std::int64_t* position = snapshot.positions.data() + queues_.size();
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->restore(*plan_.kernels, arena_, snapshot.floats, *position);
    ++position;
  }
}

bool BlockStream::recurrent() const noexcept {
  const auto cells = [](const std::optional<Lstm>& lstm) { return lstm.has_value(); };
  return std::any_of(lstms_.begin(), lstms_.end(), cells) || (condition_model_ && condition_model_->recurrent());
}

void BlockStream::recover(const Snapshot& snapshot) noexcept {
  if (recurrent()) return restore(snapshot);
  restore_filters(snapshot);
  if (condition_model_) condition_model_->recover(snapshot.condition.front());
  wake();
}

// Takes note of the first frame at which one of the rows is not finite.
void BlockStream::watch(Area rows, int count, int frames) noexcept {
  for (int row = 0; row < count; ++row) {
    const int first = first_not_finite(rows.data + row * rows.stride, frames);
    if (first < frames) lost_ = std::min(lost_, first);
  }
}

void BlockStream::history(std::size_t index, int lag, float* out) const noexcept {
  const BlockQueue& queue = queues_[index];
  const kernels::Rows frame = queue.past(arena_, lag);
  for (int row = 0; row < queue.rows(); ++row) out[row] = frame.data[row * frame.stride];
}

kernels::Rows BlockStream::run(const BlockInput& input, int frames) noexcept {
  silence_ = false;
  wake();
  return run_all(input, frames);
}

kernels::Rows BlockStream::run_all(const BlockInput& input, int frames) noexcept {
  lost_ = block_frames;
  heard_ = input;
  hear(input, frames);
  if (fused_.empty() || !fused_[0].starts_sum) {
    copy_rows(chunk(sum_start_), static_cast<int>(sum_bias().size()), frames, acc_area(0));
  }
  for (std::size_t i = 0; i < plan_.stacks.size(); ++i) run_stack(i, frames);
  for (std::size_t i = 0; i < plan_.post.size(); ++i) run_post(i, frames);
  if (plan_.config.wavenet.output.input_skip != 0) add_input(input.signal, frames);
  for (BlockQueue& queue : queues_) queue.advance(frames);
  return chunk(output_);
}

void BlockStream::run_post(std::size_t index, int frames) noexcept {
  const network::PostPlan& post = plan_.post[index];
  const BlockQueue& queue = queues_[first_post_ + index];
  const Area heard = queue.current(arena_);
  activate(post.activation, post.conv.in, frames, heard);
  const Area out = post_area(index + 1);
  if (lstms_[index]) return run_cells(index, heard, frames, out);
  if (firs_[index]) {
    firs_[index]->run(*plan_.kernels, arena_, heard.data, frames, out.data);
    return watch(out, 1, frames);
  }
  queue.mirror(arena_, frames);
  convolve(post.conv, queue, frames, out);
}

// output += input_skip · input
void BlockStream::add_input(const float* const* signal, int frames) noexcept {
  const float factor = plan_.config.wavenet.output.input_skip;
  const Area out = chunk(output_);
  for (int row = 0; row < plan_.info.outputs; ++row) {
    float* sum = out.data + row * out.stride;
    for (int t = 0; t < frames; ++t) sum[t] += factor * signal[row][t];
  }
}

// Brings the input before the first conv, and the condition into planar rows.
void BlockStream::hear(const BlockInput& input, int frames) noexcept {
  if (plan_.class_input) {
    hear_classes(input.classes, frames, queues_[stacks_[0].first_layer].current(arena_));
  } else {
    const BlockQueue& first = queues_.front();
    const Area x = first.current(arena_);
    for (int row = 0; row < first.rows(); ++row) {
      std::copy(input.signal[row], input.signal[row] + frames, x.data + row * x.stride);
    }
    if (plan_.condition_is_input) condition_rows_ = x;
  }
  if (condition_model_) {
    condition_rows_ = silence_ ? condition_model_->run_silence(input, frames) : condition_model_->run(input, frames);
    lost_ = std::min(lost_, condition_model_->lost());
  }
  if (input.condition) input.condition->prepare(input.from, frames);
}

// v[t] = bias + the rows of the classes under the taps, oldest first.
void BlockStream::hear_classes(const int* classes, int frames, Area v) noexcept {
  const network::ClassConv& conv = *plan_.class_input;
  const int span = static_cast<int>(classes_.size());
  const auto class_at = [&](int t) { return t >= 0 ? classes[t] : classes_[static_cast<std::size_t>(t + span)]; };
  const std::size_t height = conv.bias.size();
  for (int t = 0; t < frames; ++t) {
    for (int r = 0; r < conv.out; ++r) v.data[r * v.stride + t] = conv.bias[r];
    for (int k = 0; k < conv.kernel; ++k) {
      const int heard = class_at(t - (conv.kernel - 1 - k) * conv.dilation);
      if (heard < 0) continue;
      const float* row = conv.rows.data() + (static_cast<std::size_t>(k) * conv.classes + heard) * height;
      for (int r = 0; r < conv.out; ++r) v.data[r * v.stride + t] += row[r];
    }
  }
  // The last `span` classes become the history.
  if (frames >= span) {
    std::copy(classes + frames - span, classes + frames, classes_.begin());
  } else {
    std::copy(classes_.begin() + frames, classes_.end(), classes_.begin());
    std::copy(classes, classes + frames, classes_.end() - frames);
  }
}

// out = bias + Σ over taps of W_k · x[t - lag_k]
void BlockStream::convolve(const network::CausalConv& conv, const BlockQueue& queue, int frames, Area out) noexcept {
  plan_.kernels->product_block(conv.block.view(), {.out = out.data,
                                                   .out_stride = out.stride,
                                                   .frames = frames,
                                                   .taps = queue.taps(arena_, conv.kernel, conv.dilation)});
}

void BlockStream::activate(const model::Activation& activation, int rows, int frames, Area area) noexcept {
  if (activation.kind == model::ActivationKind::identity) return;
  plan_.kernels->gate({model::Gating::none, &activation, &activation, area.data, area.stride, 0, area.data, area.stride,
                       rows, frames, false});
}

// What the skips are added to, [skip channels] of the first stack.
std::span<const float> BlockStream::sum_bias() const noexcept {
  return plan_.stacks.empty() ? std::span<const float>() : plan_.stacks[0].skip_bias;
}

// Where the skips of a stack add up: before its head, or where the next stack's do, or the post-net.
Area BlockStream::acc_area(std::size_t stack) noexcept {
  while (stack < plan_.stacks.size() && !plan_.stacks[stack].head) ++stack;
  return stack < plan_.stacks.size() ? queues_[stacks_[stack].head].current(arena_) : post_area(0);
}

// The input of post-net conv `post`, or the output after the last.
Area BlockStream::post_area(std::size_t post) noexcept {
  return post < plan_.post.size() ? queues_[first_post_ + post].current(arena_) : chunk(output_);
}

}  // namespace atrous::stream
