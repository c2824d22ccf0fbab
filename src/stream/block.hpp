// Block shape: many frames of one voice at a time, planar, SIMD lanes along time. What effects, priming and scoring
// run.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "network/plan.hpp"
#include "stream/block_queue.hpp"
#include "stream/conditioning.hpp"
#include "stream/fir.hpp"
#include "stream/lstm.hpp"
#include "stream/speaker.hpp"

namespace atrous::stream {

// What the network hears over a run of frames; which fields count is the network's to say.
struct BlockInput {
  const float* const* signal = nullptr;    // [inputs] rows of samples, or one of class values
  const int* classes = nullptr;            // networks that hear one-hot classes
  Conditioning* condition = nullptr;       // networks that hear features: available for these frames,
  std::int64_t from = 0;                   // the first of which is this sample
  const SpeakerBiases* speaker = nullptr;  // networks with speakers
};

// One voice. The plan must outlive it. Nothing but the constructor and snapshot() allocates.
class BlockStream {
 public:
  explicit BlockStream(const network::Plan& plan);

  // Runs 1 to block_frames frames. Returns the output's rows, valid until the next run.
  kernels::Rows run(const BlockInput& input, int frames) noexcept;

  // Runs frames of silence: `input` holds zeros. The same, but once more of it changes nothing it costs next to
  // nothing.
  kernels::Rows run_silence(const BlockInput& input, int frames) noexcept;
  // Whether that is so: whatever frames of silence come, the output stays as it was in the last.
  bool settled() const noexcept { return rest_.settled; }

  // Back to silence: every queue zero. After `lead` more frames, fewer than a block, the queues stand on the boundaries
  // of cache lines, and stay there while blocks are whole vectors long.
  void reset(int lead = 0) noexcept;

  // Back to the state that silence without end leads to, queue by queue instead of sample by sample: `input` holds a
  // zero for every signal. Only where queues are all that the network remembers: without cells or filters.
  void settle_at_once(const BlockInput& input) noexcept;

  // A copy of the queues, and the way back to it.
  struct Snapshot {
    network::AlignedFloats floats;
    std::vector<std::int64_t> positions;  // of the queues, then of the filters
    std::vector<int> classes;
    std::vector<Snapshot> condition;  // of the model that makes the condition, if any

    std::size_t size() const noexcept { return floats.size() + (condition.empty() ? 0 : condition.front().size()); }
  };
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot) noexcept;

  // The way back in pieces, some of its size() floats each, before the stream runs again; and its end, once all are
  // copied.
  void restore_floats(const Snapshot& snapshot, std::size_t from, std::size_t count) noexcept;
  void finish_restoring(const Snapshot& snapshot) noexcept;

  // The first frame of the last run after which cells or filters remember what is not finite, or block_frames: cells
  // would never come back from there, filters by FFT spread it.
  int lost() const noexcept { return lost_; }
  // Back to the snapshot where that is so: with cells all of it, else the filters. Queues of taps forget by themselves.
  void recover(const Snapshot& snapshot) noexcept;

  // What a conv heard `lag` (1 to its span) samples ago, for handing over to the column shape. Queues are counted in
  // the order in which their convs run.
  void history(std::size_t queue, int lag, float* out) const noexcept;
  const std::vector<int>& class_history() const noexcept { return classes_; }  // oldest first

 private:
  struct StackQueues {  // indices into queues_
    std::size_t input = 0, first_layer = 0, head = 0;
  };

  // How a fused layer is called. From block to block nothing changes but where in the queues its rows stand.
  struct FusedLayer {
    const BlockQueue *queue = nullptr, *next = nullptr;  // what it hears; what it adds its residual to, or null
    bool starts_sum = false;  // the first of all layers, whose skip is added to the bias of their sum
    kernels::LayerFunction run = nullptr;
    kernels::LayerArgs args{};
  };

  // How far a stream has settled in silence. Its parts do one after the other: the model of its condition, then the
  // post-net's layers, of which filters and cells have memories of their own. What stands between them has heard one
  // thing alone after a receptive field.
  struct Rest {
    std::int64_t heard = 0, due = 0;  // samples of silence, and after how many the next part's input stays as it is
    std::size_t parts = 0;            // that have settled
    bool still = false;               // the cells of the next part took a step without a change
    bool settled = false;
    int last = -1;  // frame of the output to repeat; negative once that is done
  };

  Area chunk(std::size_t offset) noexcept { return {arena_.at(offset), block_frames}; }
  std::size_t add_queue(const network::CausalConv& conv);
  void prepare_fused();
  FusedLayer fused_layer(std::size_t stack, std::size_t index);
  const BlockQueue* queue_after(std::size_t stack, std::size_t layer) const noexcept;
  kernels::Rows run_all(const BlockInput& input, int frames) noexcept;
  void settle_queues(const BlockInput& input) noexcept;
  void wake() noexcept;
  void settle(int frames) noexcept;
  bool part_settled() const noexcept;
  void repeat_output() noexcept;
  void pass(int frames) noexcept;
  void hear(const BlockInput& input, int frames) noexcept;
  void hear_classes(const int* classes, int frames, Area v) noexcept;
  void convolve(const network::CausalConv& conv, const BlockQueue& queue, int frames, Area out) noexcept;
  void run_post(std::size_t index, int frames) noexcept;
  void run_cells(std::size_t index, Area heard, int frames, Area out) noexcept;
  void watch(Area rows, int count, int frames) noexcept;
  void restore_filters(const Snapshot& snapshot) noexcept;
  void restore_queues(const Snapshot& snapshot) noexcept;
  bool recurrent() const noexcept;
  void add_input(const float* const* signal, int frames) noexcept;
  void run_stack(std::size_t index, int frames) noexcept;
  void convolve_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area out) noexcept;
  template <class Args>
  void multiply_layer(const network::LayerPlan& layer,
                      void (*function)(const kernels::ProductView&, const Args&) noexcept, const Args& args) noexcept;
  void hear_features(const network::LayerPlan& layer, int frames, Area z) noexcept;
  void run_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area acc,
                 const Area* next) noexcept;
  void run_fused_layer(const network::LayerPlan& layer, int frames, Area acc) noexcept;
  void run_modulated_layer(const network::LayerPlan& layer, const BlockQueue& queue, int frames, Area acc,
                           const Area* next) noexcept;
  void emit_skip(const network::LayerPlan& layer, Area u, int frames, Area acc) noexcept;
  void emit_residual(const network::LayerPlan& layer, Area u, Area v, int frames, Area next) noexcept;
  void emit_modulated(const network::LayerPlan& layer, Area u, Area v, int frames, Area acc, const Area* next) noexcept;
  void modulate(const network::FilmPlan& film, int frames, Area area) noexcept;
  void activate(const model::Activation& activation, int rows, int frames, Area rows_in_place) noexcept;
  std::span<const float> sum_bias() const noexcept;
  Area acc_area(std::size_t stack) noexcept;
  Area post_area(std::size_t post) noexcept;

  const network::Plan& plan_;
  Arena arena_;
  std::vector<BlockQueue> queues_;
  std::vector<StackQueues> stacks_;
  std::vector<std::optional<Lstm>> lstms_;  // of the post-net's layers that are such
  std::vector<std::optional<Fir>> firs_;    // likewise
  std::size_t first_post_ = 0;              // index into queues_
  std::vector<int> classes_;                // the last classes heard, oldest first
  std::vector<FusedLayer> fused_;           // of every layer, by its index
  std::unique_ptr<BlockStream> condition_model_;
  kernels::Rows condition_rows_{};
  BlockInput heard_;      // of the run at hand
  bool silence_ = false;  // that is what it hears
  Rest rest_;
  int lost_ = block_frames;
  std::size_t mixed_columns_ = 0, z_ = 0, u_ = 0, output_ = 0;  // chunk buffers in the arena
  std::size_t sum_start_ = 0;  // the bias of the sum of the skips, as a chunk that stays as it is
  std::size_t film_ = 0, part_ = 0, mixed_ = 0, kept_ = 0;  // chunk buffers of modulated layers
};

}  // namespace atrous::stream
