// A network ready to run: what fold.cpp makes of a model, what the streams execute.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <atrous/network.hpp>

#include "model/config.hpp"
#include "network/cells.hpp"
#include "network/fir.hpp"
#include "network/interpolation.hpp"
#include "network/product.hpp"
#include "network/upsampler.hpp"

namespace atrous::network {

// Stands for a conv that is not there.
inline constexpr std::size_t no_conv = std::size_t(-1);

// A causal convolution over a queue of its own past inputs, or several side by side over the same one. In both shapes
// the terms are the taps from the oldest to the newest, of one lag in the order of the convs; before them the
// condition, where it is the network's own signal or made by a model.
struct CausalConv {
  std::size_t index = 0;  // counted over all of the plan, in the order in which they run
  int in = 0, out = 0;
  std::vector<int> lags{0};      // of the taps; the last is 0
  int kernel = 1, dilation = 1;  // the same where taps are evenly spaced, as kernels take them; else a kernel of 0
  bool conditioned = false;      // the first term is the condition
  Product block;                 // all terms
  // Column shape. The taps that lie back as far as that are known for `lookahead` coming steps at once: one product
  // over columns. Where that is a single step (dilation 1, or a condition that is not known before), `whole` holds all
  // terms instead.
  int lookahead = 1;
  std::size_t past_taps = 0;  // those that are known ahead
  Product whole;              // all terms; empty where `newest` is used
  Product past, newest;       // the terms of these taps, and of the others

  // The product whose bias is that of the whole conv, in column shape.
  const Product& biased() const noexcept { return !whole.empty() ? whole : past; }
  int span() const noexcept { return lags.front(); }  // samples of history
};

// The first conv of a network that reads classes: a row of weights per class and tap.
struct ClassConv {
  int classes = 0, out = 0, kernel = 1, dilation = 1;
  AlignedFloats rows;  // [kernel][class][out], out padded to max_lanes
  AlignedFloats bias;  // [out padded]
};

// A product that runs alone in either shape.
struct Pointwise {
  Product block, columns;  // columns: of what runs in column shape
  bool empty() const noexcept { return block.empty(); }
  int rows() const noexcept { return block.rows(); }
};

struct FilmPlan {
  int width = 0;  // of what it modulates; 0: absent
  bool shift = false;
  Pointwise scale_shift;  // of the condition: rows [scale | shift]
};

struct LayerPlan {
  std::size_t index = 0;         // counted over all stacks
  std::size_t reader = no_conv;  // index of the conv that reads the v behind it; none does behind the last of all
  int bottleneck = 0;
  float carry = 1;  // what v is multiplied by behind the layer, where its scale does not fold (fold.cpp)
  model::Gating gating = model::Gating::none;
  bool fused = false;  // block shape: the conv's product ends in the gate, as `conv.block` is packed
  bool identity_skip = false;
  bool modulated = false;  // by films, see below
  CausalConv conv;         // channels -> z
  model::Activation activation, secondary;
  Pointwise skip, residual;     // empty where absent; in column shape, of modulated layers alone
  Product residual_and_skip;    // of the others: rows [residual, padded | skip]; either part may be absent
  std::vector<double> speaker;  // [z rows][speaker channels], or empty
  Product projection;           // column shape: the mixin of a condition made from features, without bias

  // A modulated layer computes its parts one by one: conv without the condition, which the mixin reads by itself; the
  // skip with its bias, not added to acc at once; the residual not added to v.
  Pointwise mixin;
  std::array<FilmPlan, model::film_points> film;
  const FilmPlan& film_at(model::FilmPoint point) const noexcept { return film[std::size_t(point)]; }
};

struct StackPlan {
  std::size_t index = 0;
  std::optional<CausalConv> input;  // the first stack of a network that reads classes has none
  model::Activation input_activation;
  int channels = 0;       // of v
  int skip_channels = 0;  // of acc
  // Indices of the convs that read acc once it is whole, and the head's rows; none: they are the output.
  std::size_t sum_reader = no_conv, head_reader = no_conv;
  std::vector<float> skip_bias;  // what acc starts from, beside the previous stack's head
  std::vector<LayerPlan> layers;
  std::optional<CausalConv> head;
};

struct PostPlan {
  std::size_t index = 0;
  model::Activation activation;
  bool softmax = false;
  CausalConv conv;  // where another stands in its place: the widths alone
  std::optional<CellsPlan> cells;
  std::optional<FirPlan> fir;
};

struct SpeakersPlan {
  int count = 0, channels = 0;
  std::vector<float> table;  // [count][channels]
};

struct Tuning;

class Plan {
 public:
  NetworkInfo info;
  const kernels::Kernels* kernels = nullptr;
  Precision precision = Precision::f32;
  // int8 runs in column shape alone: what is read and what is generated go through the same arithmetic.
  bool has_block_shape() const noexcept { return precision != Precision::int8; }
  bool has_column_shape = false;         // what generates, and models that make its condition
  model::Config config;                  // for what the streams do not fold: output, code, waveform
  std::shared_ptr<const Tuning> tuning;  // of a network whose knobs change its weights (tuned.hpp)
  std::shared_ptr<const Plan> front;     // of the model in front of this one, which reads the sound first
  std::optional<ClassConv> class_input;  // one_hot networks
  std::vector<StackPlan> stacks;
  std::vector<PostPlan> post;
  std::optional<SpeakersPlan> speakers;
  std::optional<UpsamplerPlan> upsampler;      // networks with local features
  std::optional<Interpolation> interpolation;  // its last stages, through which the mixins are applied
  int condition_channels = 0;                  // what the mixins read (of features: after the upsampler)
  bool modulated = false;                      // some layers are, and read the condition itself
  std::shared_ptr<const Plan> condition_plan;  // of the model whose output is the condition
  bool condition_is_input = false;             // the signal itself
};

// Calls visit(conv, layer) for every conv of a plan, in the order in which they run; `layer` is the one that it belongs
// to, or null.
template <class P, class Visit>
void for_each_conv(P& plan, Visit visit) {
  for (auto& stack : plan.stacks) {
    if (stack.input) visit(*stack.input, nullptr);
    for (auto& layer : stack.layers) visit(layer.conv, &layer);
    if (stack.head) visit(*stack.head, nullptr);
  }
  for (auto& post : plan.post) visit(post.conv, nullptr);
}

// Samples that a stream must read until nothing before them matters: its receptive field. LSTM cells read without end
// and forget in their own time; half a second is what their trainers let them settle for.
std::int64_t settling_length(const Plan& plan) noexcept;

}  // namespace atrous::network
