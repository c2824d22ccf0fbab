// Scales disappear here:
//   residual_scale  v is kept as v' = v / s, with s the product of the scales so far: the layer's conv takes the factor
//   s,
//                   its residual 1x1 the factor 1/s. Where s would be 0 or far from 1, v is multiplied by it behind the
//                   layer instead, and s is 1 again.
//   skip_scale      a skip takes the product of the skip scales from its layer to the last; what the stack started from
//                   takes all of them, in the head or the stack before.
//   output.scale    goes into the last conv of all.
#include "network/fold.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "model/limits.hpp"
#include "model/precision.hpp"
#include "model/tensor_shapes.hpp"
#include "model/text.hpp"
#include "network/reach.hpp"
#include "network/terms.hpp"

namespace atrous::network {
namespace {

// Packs for block shape and counts the cost.
Product packed_block(const Context& context, const Affine& affine, bool gated = false) {
  count(context, affine);
  return gated ? pack_block_gated(affine, context.kernels) : pack_block(affine, context.kernels);
}

// The same for a mixin that is applied to rows of features, each of which serves several samples.
Product packed_projection(const Context& context, const Affine& mixin) {
  count(context, mixin, context.plan.interpolation->hop());
  return pack_columns(mixin, context.kernels);
}

CausalConv causal(const Context& context, const model::Conv& conv, const Affine& affine, bool conditioned,
                  bool gated = false) {
  CausalConv result;
  result.in = conv.in;
  result.out = conv.out;
  result.kernel = conv.kernel;
  result.dilation = conv.dilation;
  result.block = packed_block(context, affine, gated);

  result.lookahead = conv.kernel > 1 ? std::min(conv.dilation, kernels::max_columns) : 1;
  if (conditioned || !context.model.config.wavenet.generates()) return result;  // for the block shape alone
  if (result.lookahead == 1) {
    result.whole = pack_columns(affine, context.kernels);
    return result;
  }
  Affine past = affine, newest{affine.out, {}, {affine.terms.back()}};
  past.terms.pop_back();
  result.past = pack_columns(past, context.kernels);
  result.newest = pack_columns(newest, context.kernels);
  return result;
}

// A conv without condition, its weights times `scale` and its bias times `bias_scale`.
CausalConv plain_conv(const Context& context, const model::Conv& conv, const std::string& name, double scale,
                      double bias_scale, const std::vector<double>& added_bias = {}) {
  Affine affine{conv.out, scaled(context, name + ".bias", bias_scale, conv.out), {}};
  if (!added_bias.empty()) add_to(affine.bias, added_bias);
  add_taps(context, conv, name, scale, affine);
  bound(context, name, affine);
  return causal(context, conv, affine, false);
}

// Whether the gate runs on the conv's sums in registers. That of a gated layer needs z₁ and z₂ of the same inputs.
bool fuses_gate(const model::Layer& layer) {
  if (layer.modulated()) return false;
  if (layer.gating == model::Gating::gated && (layer.conv.groups > 1 || layer.mixin_groups > 1)) return false;
  return kernels::fuses(layer.gating, layer.activation, layer.secondary);
}

// z = bias + mixin(condition) + conv(v), the speaker's part of the bias apart. The mixin stands for itself in a
// modulated layer, and where it is applied to features before they are interpolated.
void fold_conv(const Context& context, const model::Layer& layer, const std::string& name, double scale,
               LayerPlan& plan) {
  const model::WaveNet& net = context.model.config.wavenet;
  const bool conditioned = net.condition.kind != model::ConditionKind::none;
  const int z = layer.conv.out;
  Affine affine{z, scaled(context, name + ".conv.bias", 1, z), {}};
  add_to(affine.bias, scaled(context, name + ".speaker.bias", 1, z));
  Affine mixin{z, scaled(context, name + ".mixin.bias", 1, z), {}};
  if (conditioned) mixin.terms.push_back(condition_term(context, name + ".mixin", z, layer.mixin_groups));
  bound(context, name + ".mixin", mixin);
  const bool of_features = net.condition.kind == model::ConditionKind::features;
  if (plan.modulated) {
    plan.mixin = packed_block(context, mixin);
  } else {
    add_to(affine.bias, mixin.bias);
    std::fill(mixin.bias.begin(), mixin.bias.end(), 0.0);
    if (of_features)
      plan.projection = packed_projection(context, mixin);
    else
      affine.terms = mixin.terms;
  }
  add_taps(context, layer.conv, name + ".conv", scale, affine);
  bound(context, name + ".conv", affine);
  plan.fused = fuses_gate(layer);
  plan.conv = causal(context, layer.conv, affine, conditioned && !of_features && !plan.modulated,
                     plan.fused && layer.gating == model::Gating::gated);
}

// The factors that fold into a film instead of into what it modulates.
struct FilmScales {
  double scale = 1, shift = 1;
};

void fold_film(const Context& context, const model::Layer& layer, model::FilmPoint point, const std::string& name,
               FilmScales factors, LayerPlan& plan) {
  const std::optional<model::Film>& film = layer.film[static_cast<std::size_t>(point)];
  if (!film) return;
  FilmPlan& folded = plan.film[static_cast<std::size_t>(point)];
  folded.width = model::film_width(layer, point, layer.conv.in, context.model.config.wavenet.condition.channels);
  folded.shift = film->shift;
  const int rows = (film->shift ? 2 : 1) * folded.width;
  Affine affine{rows, scaled(context, name + ".bias", 1, rows), {condition_term(context, name, rows, film->groups)}};
  const std::size_t inputs = affine.terms[0].weights.size() / rows;
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    const double factor = r < static_cast<std::size_t>(folded.width) ? factors.scale : factors.shift;
    affine.bias[r] *= factor;
    for (std::size_t i = 0; i < inputs; ++i) affine.terms[0].weights[r * inputs + i] *= factor;
  }
  bound(context, name, affine);
  folded.scale_shift = packed_block(context, affine);
}

void fold_films(const Context& context, const model::Layer& layer, const std::string& name, double v_scale,
                double skip_factor, LayerPlan& plan) {
  for (std::size_t i = 0; i < model::film_points; ++i) {
    const auto point = static_cast<model::FilmPoint>(i);
    FilmScales factors;
    if (point == model::FilmPoint::conv_pre) factors = {v_scale, 1};
    if (point == model::FilmPoint::residual_post) factors = {1 / v_scale, 1 / v_scale};
    if (point == model::FilmPoint::skip_post) factors = {skip_factor, skip_factor};
    fold_film(context, layer, point, name + "." + model::film_name(point), factors, plan);
  }
}

// The 1x1s after the gate. The skip's bias is taken out, unless a film modulates it: it is part of what acc starts
// from.
void fold_outputs(const Context& context, const model::Layer& layer, const std::string& name, double v_scale,
                  double skip_factor, bool dead_residual, LayerPlan& plan, std::vector<double>& skip_bias) {
  std::optional<Affine> residual, skip;
  if (plan.film_at(model::FilmPoint::residual_post).width > 0) v_scale = 1;
  const bool skip_film = plan.film_at(model::FilmPoint::skip_post).width > 0;
  if (skip_film) skip_factor = 1;
  if (layer.residual && !dead_residual) {
    residual = pointwise(context, layer.residual, layer.bottleneck, name + ".residual", 1 / v_scale);
    bound(context, name + ".residual", *residual);
    plan.residual = packed_block(context, *residual);
  }
  plan.identity_skip = !layer.skip && skip_factor == 1;
  if (!plan.identity_skip) {
    skip = pointwise(context, layer.skip, layer.bottleneck, name + ".skip", skip_factor);
    bound(context, name + ".skip", *skip);
    if (!skip_film) {
      add_to(skip_bias, skip->bias);
      std::fill(skip->bias.begin(), skip->bias.end(), 0.0);
    }
    plan.skip = packed_block(context, *skip);
  }
  if (!context.model.config.wavenet.generates()) return;
  if (residual && skip)
    plan.residual_and_skip = pack_columns(stacked(*residual, *skip), context.kernels);
  else if (residual || skip)
    plan.residual_and_skip = pack_columns(residual ? *residual : *skip, context.kernels);
}

double skip_scales_from(const model::Stack& stack, std::size_t layer) {
  double product = 1;
  for (std::size_t i = layer; i < stack.layers.size(); ++i) product *= static_cast<double>(stack.layers[i].skip_scale);
  return product;
}

// Whether v / scale stays a number that a float holds with room to spare: not for a scale of 0.
bool folds(double scale) {
  constexpr double most = 0x1p40;
  return std::abs(scale) >= 1 / most && std::abs(scale) <= most;
}

StackPlan fold_stack(const Context& context, std::size_t index, double& v_scale, double acc_factor,
                     std::vector<double>& skip_bias) {
  const model::WaveNet& net = context.model.config.wavenet;
  const model::Stack& stack = net.stacks[index];
  const std::string name = "stacks." + std::to_string(index);
  const bool last_stack = index + 1 == net.stacks.size();
  std::size_t first_layer = 0;
  for (std::size_t i = 0; i < index; ++i) first_layer += net.stacks[i].layers.size();

  StackPlan plan;
  plan.channels = stack.input.out;
  plan.input_activation = stack.input_activation;
  if (index > 0 || net.input.kind != model::InputKind::one_hot) {
    plan.input = plain_conv(context, stack.input, name + ".input", v_scale, 1);
  }
  v_scale = 1;
  const model::Layer& any = stack.layers.front();
  plan.skip_channels = any.skip ? any.skip->out : any.bottleneck;
  skip_bias.assign(plan.skip_channels, 0.0);
  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    const model::Layer& layer = stack.layers[i];
    const std::string layer_name = name + ".layers." + std::to_string(i);
    LayerPlan folded;
    folded.index = first_layer + i;
    const double skip_factor = acc_factor * skip_scales_from(stack, i);
    folded.modulated = layer.modulated();
    fold_films(context, layer, layer_name, v_scale, skip_factor, folded);
    fold_conv(context, layer, layer_name, folded.film_at(model::FilmPoint::conv_pre).width > 0 ? 1 : v_scale, folded);
    folded.bottleneck = layer.bottleneck;
    folded.gating = layer.gating;
    folded.activation = layer.activation;
    folded.secondary = layer.secondary;
    if (net.speakers) {
      folded.speaker = scaled(context, layer_name + ".speaker.weight", 1,
                              static_cast<std::size_t>(layer.conv.out) * net.speakers->channels);
    }
    const bool dead = last_stack && i + 1 == stack.layers.size();
    fold_outputs(context, layer, layer_name, v_scale, skip_factor, dead, folded, skip_bias);
    v_scale *= static_cast<double>(layer.residual_scale);
    if (!dead && !folds(v_scale)) {
      bound(context, layer_name + ".residual_scale", {&v_scale, 1});
      folded.carry = static_cast<float>(std::exchange(v_scale, 1));
    }
    plan.layers.push_back(std::move(folded));
  }
  return plan;
}

// From the last stack to the first: the factor that each stack's acc (or its head) must carry, and the bias that the
// skips of the next stack hand back to what acc starts from.
void fold_stacks(const Context& context) {
  const model::WaveNet& net = context.model.config.wavenet;
  const std::size_t count = net.stacks.size();
  std::vector<double> acc_factor(count, 1.0), head_factor(count, 1.0);
  double carried = net.post.empty() ? static_cast<double>(net.output.scale) : 1.0;
  for (std::size_t i = count; i-- > 0;) {
    (net.stacks[i].head ? head_factor : acc_factor)[i] = carried;
    carried = acc_factor[i] * skip_scales_from(net.stacks[i], 0);
  }
  std::vector<std::vector<double>> skip_bias(count);
  double v_scale = 1;
  for (std::size_t i = 0; i < count; ++i) {
    context.plan.stacks.push_back(fold_stack(context, i, v_scale, acc_factor[i], skip_bias[i]));
  }
  for (std::size_t i = count; i-- > 0;) {
    const std::optional<model::Conv>& head = net.stacks[i].head;
    const std::vector<double> next = i + 1 < count ? skip_bias[i + 1] : std::vector<double>{};
    StackPlan& plan = context.plan.stacks[i];
    if (head) {
      plan.head =
          plain_conv(context, *head, "stacks." + std::to_string(i) + ".head", head_factor[i], head_factor[i], next);
    } else if (!next.empty()) {
      add_to(skip_bias[i], next);
    }
    bound(context, "stacks." + std::to_string(i) + ".layers.skip.bias", skip_bias[i]);
    plan.skip_bias.assign(skip_bias[i].begin(), skip_bias[i].end());
    if (i > 0) std::fill(plan.skip_bias.begin(), plan.skip_bias.end(), 0.0f);
  }
}

// The output's scale has no place in a layer whose output is bounded: validated models have a conv after it.
PostPlan fold_lstm(const Context& context, const model::PostLayer& layer, const std::string& name) {
  const int in = layer.conv.in, cells = layer.conv.out, rows = 4 * cells;
  const std::size_t weights = static_cast<std::size_t>(rows) * static_cast<std::size_t>(in + cells);
  PostPlan plan{layer.activation, {}, {}, {}};
  plan.conv.in = in;
  plan.conv.out = cells;
  plan.lstm = make_lstm(in, cells, scaled(context, name + ".weight", 1, weights),
                        scaled(context, name + ".bias", 1, rows), context.kernels.lanes);
  plan.lstm->hidden = context.model.tensors.at(name + ".hidden").values;
  plan.lstm->cell = context.model.tensors.at(name + ".cell").values;
  context.plan.info.macs_per_sample += static_cast<std::int64_t>(weights);
  context.plan.info.weight_bytes +=
      static_cast<std::int64_t>(sizeof(float)) * (static_cast<std::int64_t>(weights) + rows);
  return plan;
}

PostPlan fold_fir(const Context& context, const model::PostLayer& layer, const std::string& name, double scale) {
  std::vector<double> taps = scaled(context, name + ".weight", scale, layer.conv.kernel);
  std::vector<double> bias = scaled(context, name + ".bias", scale, 1);
  bound(context, name + ".weight", taps);
  bound(context, name + ".bias", bias);
  context.plan.info.macs_per_sample += layer.conv.kernel;
  context.plan.info.weight_bytes += static_cast<std::int64_t>(sizeof(float)) * (layer.conv.kernel + 1);
  PostPlan plan{layer.activation, {}, {}, make_fir(taps, bias[0], layer.implementation)};
  plan.conv.in = plan.conv.out = 1;
  return plan;
}

void fold_post(const Context& context) {
  const model::WaveNet& net = context.model.config.wavenet;
  for (std::size_t i = 0; i < net.post.size(); ++i) {
    const model::PostLayer& layer = net.post[i];
    const double scale = i + 1 == net.post.size() ? static_cast<double>(net.output.scale) : 1.0;
    const std::string name = "post." + std::to_string(i);
    if (layer.kind == model::PostKind::lstm)
      context.plan.post.push_back(fold_lstm(context, layer, name));
    else if (layer.is_fir() && !net.generates())
      context.plan.post.push_back(fold_fir(context, layer, name, scale));
    else
      context.plan.post.push_back({layer.activation, plain_conv(context, layer.conv, name, scale, scale), {}, {}});
  }
}

void fold_class_input(const Context& context) {
  const model::Conv& conv = context.model.config.wavenet.stacks[0].input;
  const std::size_t padded = kernels::padded(conv.out);
  ClassConv input{conv.in, conv.out, conv.kernel, conv.dilation, {}, {}};
  const auto weight =
      scaled(context, "stacks.0.input.weight", 1, static_cast<std::size_t>(conv.out) * conv.in * conv.kernel);
  const auto bias = scaled(context, "stacks.0.input.bias", 1, conv.out);
  input.bias.assign(padded, 0.0f);
  for (int r = 0; r < conv.out; ++r) input.bias[r] = static_cast<float>(bias[r]);
  input.rows.assign(padded * conv.in * conv.kernel, 0.0f);
  for (std::size_t r = 0; r < static_cast<std::size_t>(conv.out); ++r) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(conv.in); ++c) {
      for (std::size_t k = 0; k < static_cast<std::size_t>(conv.kernel); ++k) {
        input.rows[(k * conv.in + c) * padded + r] = static_cast<float>(weight[(r * conv.in + c) * conv.kernel + k]);
      }
    }
  }
  context.plan.info.macs_per_sample += static_cast<std::int64_t>(conv.out) * conv.kernel;
  context.plan.class_input = std::move(input);
}

// What the layers make of the rows that a block of samples may read is kept at once (stream/conditioning.hpp).
void check_projection(const model::ModelData& model, const Interpolation& interpolation) {
  constexpr std::int64_t samples = 128;
  double width = 0;
  for (const model::Stack& stack : model.config.wavenet.stacks) {
    for (const model::Layer& layer : stack.layers) width += static_cast<double>(kernels::padded(layer.conv.out));
  }
  if (static_cast<double>(interpolation.most_rows(samples)) * width <= model::max_state_values) return;
  model::fail(ErrorCode::invalid, model.name, "condition.upsampler",
              "too many rows of features to keep for layers of " + model::number_text(width) + " channels");
}

}  // namespace

Plan fold(const model::ModelData& model, const kernels::Kernels& kernels) {
  Plan plan;
  plan.kernels = &kernels;
  plan.precision = model.precision;
  plan.config = model.config;
  plan.info.outputs = model.config.wavenet.output.channels;
  const Context context(model, kernels, plan);
  const model::WaveNet& net = model.config.wavenet;
  if (net.condition.kind == model::ConditionKind::features) {
    plan.upsampler.emplace(net.condition, model.tensors, model.name, *plan.kernels,
                           model::stored_as(model::TensorRole::sensitive_weights, model.precision));
    plan.interpolation.emplace(*plan.upsampler);
    check_projection(model, *plan.interpolation);
  }
  if (net.input.kind == model::InputKind::one_hot) fold_class_input(context);
  fold_stacks(context);
  fold_post(context);
  if (net.speakers) {
    plan.speakers =
        SpeakersPlan{net.speakers->count, net.speakers->channels, model.tensors.at("speakers.weight").values};
  }
  plan.condition_channels = net.condition.kind == model::ConditionKind::none ? 0 : net.condition.channels;
  if (net.condition.model) {
    Plan inner = fold(*net.condition.model, kernels);
    inner.info.receptive_field = reach(net.condition.model->config.wavenet).receptive_field;
    plan.condition_plan = std::make_shared<const Plan>(std::move(inner));
    plan.info.macs_per_sample += plan.condition_plan->info.macs_per_sample;
    plan.info.weight_bytes += plan.condition_plan->info.weight_bytes;
  }
  plan.condition_is_input = net.condition.kind == model::ConditionKind::signal;
  return plan;
}

}  // namespace atrous::network
