// Silence: once it has settled, a stream need not run.
#include <algorithm>

#include "stream/block.hpp"

namespace atrous::stream {

void BlockStream::wake() noexcept {
  rest_ = {};
  rest_.due = plan_.info.receptive_field;
}

kernels::Rows BlockStream::run_silence(const BlockInput& input, int frames) noexcept {
  if (rest_.settled) {
    lost_ = block_frames;
    repeat_output();
    pass(frames);
    return chunk(output_);
  }
  silence_ = true;
  run_all(input, frames);
  settle(frames);
  return chunk(output_);
}

// Takes note of frames of silence that have been run.
void BlockStream::settle(int frames) noexcept {
  const std::size_t parts = 1 + plan_.post.size();
  rest_.heard += frames;
  while (rest_.parts < parts && rest_.heard >= rest_.due && part_settled()) {
    const bool remembers = rest_.parts == 0 ? condition_model_ != nullptr
                                            : lstms_[rest_.parts - 1].has_value() || firs_[rest_.parts - 1].has_value();
    if (remembers) rest_.due = rest_.heard + plan_.info.receptive_field;
    ++rest_.parts;
    rest_.still = false;
  }
  rest_.settled = rest_.parts == parts && rest_.heard >= rest_.due;
  rest_.last = frames - 1;
}

// The last frame of the output, in all its frames.
void BlockStream::repeat_output() noexcept {
  if (rest_.last < 0) return;
  for (int row = 0; row < plan_.info.outputs; ++row) {
    float* const y = chunk(output_).data + row * block_frames;
    std::fill_n(y, block_frames, y[rest_.last]);
  }
  rest_.last = -1;
}

// Whether the next part's output stays as it is, now that its input does.
bool BlockStream::part_settled() const noexcept {
  if (rest_.parts == 0) return !condition_model_ || condition_model_->settled();
  const std::size_t post = rest_.parts - 1;
  if (lstms_[post]) return rest_.still;
  return !firs_[post] || firs_[post]->silent();
}

// Cells have settled once a step leaves them as they were. That is seen in a step of its own.
void BlockStream::run_cells(std::size_t index, Area heard, int frames, Area out) noexcept {
  Lstm& cells = *lstms_[index];
  const bool next = silence_ && rest_.parts == index + 1 && rest_.heard >= rest_.due;
  const int first = next ? 1 : 0;
  if (next) rest_.still = cells.step(*plan_.kernels, arena_, heard, out);
  if (frames > first) {
    cells.run(*plan_.kernels, arena_, {heard.data + first, heard.stride}, frames - first,
              {out.data + first, out.stride});
  }
  if (!cells.finite(arena_)) watch(out, plan_.post[index].lstm->cells, frames);
}

// Frames of silence that are not run. Filters count their samples; all else has heard one thing for long enough to be
// the same at any place of its queues.
void BlockStream::pass(int frames) noexcept {
  for (std::optional<Fir>& fir : firs_) {
    if (fir) fir->skip(frames);
  }
  if (condition_model_) condition_model_->pass(frames);
}

void BlockStream::settle_at_once(const BlockInput& input) noexcept {
  reset();
  settle_queues(input);
}

// What a conv hears depends on the queues of those before it alone: once they are settled, a single frame shows it.
void BlockStream::settle_queues(const BlockInput& input) noexcept {
  if (condition_model_) condition_model_->settle_queues(input);
  for (BlockQueue& queue : queues_) {
    if (queue.span() == 0) continue;
    run(input, 1);
    queue.spread(arena_);
  }
  for (BlockQueue& queue : queues_) queue.rewind(0);
}

}  // namespace atrous::stream
