#include "stream/forcing.hpp"

namespace atrous::stream {

Forcing::Forcing(const network::Plan& plan, const SpeakerBiases* speaker, Conditioning* condition)
    : plan_(plan), speaker_(speaker), condition_(condition) {
  if (plan.has_block_shape()) {
    block_.emplace(plan);
    return;
  }
  const ColumnVoice voice{speaker, condition};
  columns_.emplace(plan, std::span(&voice, 1));
  rows_.resize(std::size_t(plan.info.outputs) * block_frames);
}

kernels::Rows Forcing::run(const float* signal, const int* classes, int frames) noexcept {
  const std::int64_t from = samples_;
  samples_ += frames;
  return block_
             ? block_->run(
                   {.signal = &signal, .classes = classes, .condition = condition_, .from = from, .speaker = speaker_},
                   frames)
             : run_steps(signal, classes, frames);
}

kernels::Rows Forcing::run_steps(const float* signal, const int* classes, int frames) noexcept {
  for (int t = 0; t < frames; ++t) {
    const VoiceInput input{0, signal ? signal[t] : 0.0f, classes ? classes[t] : -1};
    columns_->step(std::span(&input, 1));
    const float* out = columns_->output(0);
    for (int row = 0; row < plan_.info.outputs; ++row) rows_[std::size_t(row) * block_frames + t] = out[row];
  }
  return {rows_.data(), block_frames};
}

}  // namespace atrous::stream
