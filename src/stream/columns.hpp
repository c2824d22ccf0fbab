// Voices in column shape: what generation runs.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "stream/block.hpp"
#include "stream/column_shape.hpp"

namespace atrous::stream {

// What a voice reads at a step: its index, and one value or, for one-hot networks, a class (-1: no class at all).
struct VoiceInput {
  int voice = 0;
  float value = 0;
  int label = -1;
};

// Up to max_columns voices. The plan must outlive it. Nothing but the constructor allocates.
class ColumnStream {
 public:
  ColumnStream(const network::Plan& plan, std::span<const ColumnVoice> voices, Team* team = nullptr);

  // One step of these voices, each at most once and with its condition available. Voices that are left out stay
  // where they are. Whether the team shares it changes nothing but the time that it takes.
  void step(std::span<const VoiceInput> inputs, bool shared = true) noexcept;

  // step(), unshared, in the shape that `wrap` makes of the stream's own: for who looks on.
  template <class Wrap>
  void step_as(std::span<const VoiceInput> inputs, Wrap wrap) noexcept {
    prepare(inputs);
    ColumnShape shape = shape_of({});
    auto wrapped = wrap(shape);
    forward(*plan_, wrapped);
    advance();
  }

  // The output rows of the voice of inputs[column] of the last step.
  const float* output(std::size_t column) const noexcept { return outputs().run(int(column)); }

  void reset(int voice) noexcept;

  // Goes on where a block stream of the same plan stands, with sample `step`.
  void take_over(int voice, const BlockStream& block, std::int64_t step) noexcept;

 private:
  Area outputs() const noexcept { return buffers_.post.back(); }
  void prepare(std::span<const VoiceInput> inputs) noexcept;
  void prepare_column(int column, const VoiceInput& input) noexcept;
  void embed_class(Step now, int label, float* v) noexcept;
  ColumnShape shape_of(Sharing sharing) noexcept;
  void advance() noexcept;

  const network::Plan* plan_;
  Team* team_;  // null: there is none
  std::vector<ColumnVoice> voices_;
  ColumnState state_;
  LookAhead ahead_;
  ColumnBuffers buffers_;
  std::unique_ptr<ColumnStream> condition_model_;
  std::vector<Step> now_;  // the columns of the step at hand
  Area condition_;         // and what its modulated layers and conditioned convs read
};

}  // namespace atrous::stream
