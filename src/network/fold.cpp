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
#include <iterator>
#include <string>
#include <utility>

#include "model/limits.hpp"
#include "model/precision.hpp"
#include "model/tensor_shapes.hpp"
#include "model/text.hpp"
#include "model/work.hpp"
#include "network/reach.hpp"
#include "network/terms.hpp"

namespace atrous::network {
namespace {

// Packs for block shape and counts the cost.
Product packed_block(const Context& context, const Affine& affine, bool gated = false) {
  count(context, affine);
  return gated ? pack_block_gated(affine, context.kernels) : pack_block(affine, context.kernels);
}

// Packs for whichever shapes it runs in.
Pointwise packed(const Context& context, const Affine& affine) {
  Pointwise result{packed_block(context, affine), {}};
  if (context.plan.has_column_shape) result.columns = pack_columns(affine, context.kernels);
  return result;
}

// The same for a mixin that is applied to rows of features, each of which serves several samples.
Product packed_projection(const Context& context, const Affine& mixin) {
  count(context, mixin, context.plan.interpolation->hop());
  return pack_columns(mixin, context.kernels);
}

// Finds out whether the taps are evenly spaced.
void space(CausalConv& conv) {
  const std::size_t count = conv.lags.size();
  conv.kernel = int(count);
  conv.dilation = count > 1 ? conv.lags[count - 2] : 1;
  for (std::size_t k = 0; k < count; ++k) {
    if (conv.lags[k] != int(count - 1 - k) * conv.dilation || conv.dilation == 0) conv.kernel = 0;
  }
}

// Which taps are known ahead. Of evenly spaced ones all but the newest; else those with which a step multiplies least.
void look_ahead(const Affine& affine, CausalConv& conv) {
  constexpr double product = 1400;  // what one costs besides, in weights
  const auto steps = [&](std::size_t tap) { return std::min(conv.lags[tap], kernels::max_columns); };
  const std::size_t count = conv.lags.size();
  if (conv.kernel > 0) {
    conv.past_taps = count - 1;
  } else {
    double past = 0, all = 0;
    for (const Term& term : affine.terms) all += double(term.weights.size());
    double least = all;
    for (std::size_t tap = 0; tap + 1 < count; ++tap) {
      past += double(affine.terms[tap].weights.size());
      const double work = all - past + (past + product) / std::max(steps(tap), 1);
      if (conv.lags[tap + 1] == conv.lags[tap] || work >= least) continue;
      least = work;
      conv.past_taps = tap + 1;
    }
  }
  conv.lookahead = conv.past_taps > 0 ? steps(conv.past_taps - 1) : 1;
}

// Of taps with these lags, the last terms.
CausalConv causal(const Context& context, int in, std::vector<int> lags, const Affine& affine, bool conditioned,
                  bool gated = false) {
  CausalConv result;
  result.in = in;
  result.out = affine.out;
  result.lags = std::move(lags);
  space(result);
  result.conditioned = conditioned;
  result.block = packed_block(context, affine, gated);

  if (!conditioned) look_ahead(affine, result);
  if (!context.plan.has_column_shape) return result;
  if (result.lookahead == 1) {
    result.whole = pack_columns(affine, context.kernels);
    return result;
  }
  const auto first_newest = affine.terms.begin() + std::ptrdiff_t(result.past_taps);
  const Affine past{affine.out, affine.bias, {affine.terms.begin(), first_newest}};
  const Affine newest{affine.out, {}, {first_newest, affine.terms.end()}};
  result.past = pack_columns(past, affine, context.kernels);
  result.newest = pack_columns(newest, affine, context.kernels);
  return result;
}

void append(std::vector<Term>&& from, std::vector<Term>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// A conv without condition, its weights times `scale` and its bias times `bias_scale`.
CausalConv plain_conv(const Context& context, const model::Conv& conv, const model::ProductTensors& tensors,
                      double scale, double bias_scale, const std::vector<double>& added_bias = {}) {
  Affine affine{conv.out, bias_of(context, tensors, bias_scale), {}};
  if (!added_bias.empty()) add_to(affine.bias, added_bias);
  Taps taps = taps_of(context, conv, tensors, scale);
  affine.terms = std::move(taps.terms);
  bound(context, tensors.name, affine);
  return causal(context, conv.in, std::move(taps.lags), affine, false);
}

// The taps of all convs that read v, and their bias [z rows].
Taps fold_branches(const Context& context, const model::Layer& layer, const model::LayerTensors& tensors, double scale,
                   std::vector<double>& bias) {
  std::vector<Taps> convs;
  int row = 0;
  const auto add = [&](const model::Conv& conv, const model::ProductTensors& of_conv) {
    convs.push_back(taps_of(context, conv, of_conv, scale));
    for (Term& term : convs.back().terms) term.row = row;
    const std::vector<double> its_bias = bias_of(context, of_conv);
    for (std::size_t r = 0; r < its_bias.size(); ++r) bias[std::size_t(row) + r] += its_bias[r];
    if (layer.concatenates()) row += conv.out;
  };
  add(layer.conv, tensors.conv);
  for (std::size_t n = 0; n < layer.branches.size(); ++n) add(layer.branches[n], tensors.branches[n]);
  return joined(std::move(convs));
}

// Whether the gate runs on the conv's sums in registers. That of a gated layer needs z₁ and z₂ of the same inputs.
bool fuses_gate(const model::Layer& layer) {
  if (layer.modulated()) return false;
  bool same_inputs = layer.mixin_groups == 1 && !layer.concatenates();
  model::for_each_branch(layer, [&](const model::Conv& conv) { same_inputs &= conv.groups == 1; });
  if (layer.gating == model::Gating::gated && !same_inputs) return false;
  return kernels::fuses(layer.gating, layer.activation, layer.secondary);
}

// z = bias + mixin(condition) + conv(v), the speaker's part of the bias apart. The mixin stands for itself in a
// modulated layer, and where it is applied to features before they are interpolated.
void fold_conv(const Context& context, const model::Layer& layer, const model::LayerTensors& tensors, double scale,
               LayerPlan& plan) {
  const model::Condition& condition = context.model.config.wavenet.condition;
  const bool of_features = condition.kind == model::ConditionKind::features;
  Affine affine{layer.z_rows(), std::vector<double>(std::size_t(layer.z_rows()), 0.0), {}};
  Taps taps = fold_branches(context, layer, tensors, scale, affine.bias);
  if (tensors.speaker) add_to(affine.bias, bias_of(context, *tensors.speaker));
  if (tensors.mixin) {
    Affine mixin{layer.z_rows(), bias_of(context, *tensors.mixin), {}};
    mixin.terms.push_back(condition_term(context, *tensors.mixin, layer.mixin_groups));
    bound(context, tensors.mixin->name, mixin);
    if (plan.modulated) {
      plan.mixin = packed(context, mixin);
    } else {
      add_to(affine.bias, mixin.bias);
      std::fill(mixin.bias.begin(), mixin.bias.end(), 0.0);
      if (of_features)
        plan.projection = packed_projection(context, mixin);
      else
        affine.terms = mixin.terms;
    }
  }
  append(std::move(taps.terms), affine.terms);
  bound(context, tensors.conv.name, affine);
  plan.fused = fuses_gate(layer);
  plan.conv =
      causal(context, layer.conv.in, std::move(taps.lags), affine, tensors.mixin && !of_features && !plan.modulated,
             plan.fused && layer.gating == model::Gating::gated);
}

// The factors that fold into a film instead of into what it modulates.
struct FilmScales {
  double scale = 1, shift = 1;
};

void fold_film(const Context& context, const model::Layer& layer, model::FilmPoint point,
               const model::ProductTensors& tensors, FilmScales factors, FilmPlan& folded) {
  const model::Film& film = *layer.film[std::size_t(point)];
  folded.width = model::film_width(layer, point, layer.conv.in, context.model.config.wavenet.condition.channels);
  folded.shift = film.shift;
  const int rows = (film.shift ? 2 : 1) * folded.width;
  Affine affine{rows, bias_of(context, tensors), {condition_term(context, tensors, film.groups)}};
  const std::size_t inputs = affine.terms[0].weights.size() / rows;
  for (std::size_t r = 0; r < std::size_t(rows); ++r) {
    const double factor = r < std::size_t(folded.width) ? factors.scale : factors.shift;
    affine.bias[r] *= factor;
    for (std::size_t i = 0; i < inputs; ++i) affine.terms[0].weights[r * inputs + i] *= factor;
  }
  bound(context, tensors.name, affine);
  folded.scale_shift = packed(context, affine);
}

void fold_films(const Context& context, const model::Layer& layer, const model::LayerTensors& tensors, double v_scale,
                double skip_factor, LayerPlan& plan) {
  for (std::size_t i = 0; i < model::film_points; ++i) {
    if (!tensors.film[i]) continue;
    const auto point = static_cast<model::FilmPoint>(i);
    FilmScales factors;
    if (point == model::FilmPoint::conv_pre) factors = {v_scale, 1};
    if (point == model::FilmPoint::residual_post) factors = {1 / v_scale, 1 / v_scale};
    if (point == model::FilmPoint::skip_post) factors = {skip_factor, skip_factor};
    fold_film(context, layer, point, *tensors.film[i], factors, plan.film[i]);
  }
}

// The 1x1s after the gate. The skip's bias is taken out, unless a film modulates it: it is part of what acc starts
// from.
void fold_outputs(const Context& context, const model::Layer& layer, const model::LayerTensors& tensors, double v_scale,
                  double skip_factor, bool last, LayerPlan& plan, std::vector<double>& skip_bias) {
  std::optional<Affine> residual, skip;
  const auto pack = [&](const Affine& affine) {
    return plan.modulated ? packed(context, affine) : Pointwise{packed_block(context, affine), {}};
  };
  if (plan.film_at(model::FilmPoint::residual_post).width > 0) v_scale = 1;
  const bool skip_film = plan.film_at(model::FilmPoint::skip_post).width > 0;
  if (skip_film) skip_factor = 1;
  if (layer.residual && !last) {
    residual = pointwise(context, *layer.residual, layer.bottleneck, *tensors.residual, 1 / v_scale);
    bound(context, tensors.residual->name, *residual);
    plan.residual = pack(*residual);
  }
  plan.identity_skip = !layer.skip && skip_factor == 1;
  if (!plan.identity_skip) {
    skip = layer.skip ? pointwise(context, *layer.skip, layer.bottleneck, *tensors.skip, skip_factor)
                      : identity(context, layer.bottleneck, skip_factor);
    bound(context, tensors.name + ".skip", *skip);
    if (!skip_film) {
      add_to(skip_bias, skip->bias);
      std::fill(skip->bias.begin(), skip->bias.end(), 0.0);
    }
    plan.skip = pack(*skip);
  }
  if (!context.plan.has_column_shape || plan.modulated) return;
  if (residual && skip)
    plan.residual_and_skip = pack_columns(stacked(*residual, *skip), context.kernels);
  else if (residual || skip)
    plan.residual_and_skip = pack_columns(residual ? *residual : *skip, context.kernels);
}

double skip_scales_from(const model::Stack& stack, std::size_t layer) {
  double product = 1;
  for (std::size_t i = layer; i < stack.layers.size(); ++i) product *= double(stack.layers[i].skip_scale);
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
  const model::StackTensors& tensors = context.tensors.stacks[index];
  const bool last_stack = index + 1 == net.stacks.size();
  std::size_t first_layer = 0;
  for (std::size_t i = 0; i < index; ++i) first_layer += net.stacks[i].layers.size();

  StackPlan plan;
  plan.index = index;
  plan.channels = stack.input.out;
  plan.input_activation = stack.input_activation;
  if (index > 0 || net.input.kind != model::InputKind::one_hot) {
    plan.input = plain_conv(context, stack.input, tensors.input, v_scale, 1);
  }
  v_scale = 1;
  const model::Layer& any = stack.layers.front();
  plan.skip_channels = any.skip_width();
  skip_bias.assign(plan.skip_channels, 0.0);
  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    const model::Layer& layer = stack.layers[i];
    const model::LayerTensors& of_layer = tensors.layers[i];
    LayerPlan folded;
    folded.index = first_layer + i;
    const double skip_factor = acc_factor * skip_scales_from(stack, i);
    folded.modulated = layer.modulated();
    fold_films(context, layer, of_layer, v_scale, skip_factor, folded);
    fold_conv(context, layer, of_layer, folded.film_at(model::FilmPoint::conv_pre).width > 0 ? 1 : v_scale, folded);
    folded.bottleneck = layer.bottleneck;
    folded.gating = layer.gating;
    folded.activation = layer.activation;
    folded.secondary = layer.secondary;
    if (of_layer.speaker) folded.speaker = scaled(context, of_layer.speaker->weight);
    const bool last = last_stack && i + 1 == stack.layers.size();
    fold_outputs(context, layer, of_layer, v_scale, skip_factor, last, folded, skip_bias);
    v_scale *= double(layer.residual_scale);
    if (!last && !folds(v_scale)) {
      bound(context, of_layer.name + ".residual_scale", {&v_scale, 1});
      folded.carry = float(std::exchange(v_scale, 1));
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
  double carried = net.post.empty() ? double(net.output.scale) : 1.0;
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
    const model::StackTensors& tensors = context.tensors.stacks[i];
    StackPlan& plan = context.plan.stacks[i];
    if (head) {
      plan.head = plain_conv(context, *head, *tensors.head, head_factor[i], head_factor[i], next);
    } else if (!next.empty()) {
      add_to(skip_bias[i], next);
    }
    bound(context, tensors.name + ".layers.skip.bias", skip_bias[i]);
    plan.skip_bias.assign(skip_bias[i].begin(), skip_bias[i].end());
    if (i > 0) std::fill(plan.skip_bias.begin(), plan.skip_bias.end(), 0.0f);
  }
}

// The output's scale has no place in a layer whose output is bounded: validated models have a conv after it.
PostPlan fold_cells(const Context& context, const model::PostLayer& layer, const model::PostTensors& tensors) {
  const int in = layer.conv.in, cells = layer.conv.out;
  const std::vector<double> weight = scaled(context, tensors.product.weight), bias = bias_of(context, tensors.product);
  const auto values = [&](const std::optional<model::TensorShape>& tensor) {
    return model::find_tensor(context.model.tensors, *tensor, context.model.name).values;
  };
  PostPlan plan;
  plan.conv.in = in;
  plan.conv.out = cells;
  plan.cells = make_cells(layer.kind, {in, cells}, weight, bias, context.kernels.lanes);
  plan.cells->hidden = values(tensors.hidden);
  if (tensors.cell) plan.cells->cell = values(tensors.cell);
  context.plan.info.macs_per_sample += std::int64_t(weight.size());
  context.plan.info.weight_bytes += std::int64_t(sizeof(float) * (weight.size() + bias.size()));
  return plan;
}

PostPlan fold_fir(const Context& context, const model::PostLayer& layer, const model::ProductTensors& tensors,
                  double scale) {
  std::vector<double> taps = scaled(context, tensors.weight, scale), bias = bias_of(context, tensors, scale);
  bound(context, tensors.weight.name, taps);
  bound(context, tensors.name + ".bias", bias);
  context.plan.info.macs_per_sample += layer.conv.kernel;
  context.plan.info.weight_bytes += std::int64_t(sizeof(float)) * (layer.conv.kernel + 1);
  PostPlan plan;
  plan.fir = make_fir(taps, bias[0], layer.implementation);
  plan.conv.in = plan.conv.out = 1;
  return plan;
}

void fold_post(const Context& context) {
  const model::WaveNet& net = context.model.config.wavenet;
  for (std::size_t i = 0; i < net.post.size(); ++i) {
    const model::PostLayer& layer = net.post[i];
    const model::PostTensors& tensors = context.tensors.post[i];
    const double scale = i + 1 == net.post.size() ? double(net.output.scale) : 1.0;
    PostPlan plan;
    if (model::has_cells(layer.kind))
      plan = fold_cells(context, layer, tensors);
    else if (layer.is_fir() && !context.plan.has_column_shape)
      plan = fold_fir(context, layer, tensors.product, scale);
    else
      plan.conv = plain_conv(context, layer.conv, tensors.product, scale, scale);
    plan.index = i;
    plan.activation = layer.activation;
    plan.softmax = layer.softmax;
    context.plan.post.push_back(std::move(plan));
  }
}

// A class reaches the rows of its own group alone.
void fold_class_input(const Context& context) {
  const model::Conv& conv = context.model.config.wavenet.stacks[0].input;
  const std::size_t padded = kernels::padded(conv.out), kernel = std::size_t(conv.kernel);
  const std::size_t width = std::size_t(conv.in / conv.groups), height = conv.out / conv.groups;
  ClassConv input{conv.in, conv.out, conv.kernel, conv.dilation, {}, {}};
  const model::ProductTensors& tensors = context.tensors.stacks[0].input;
  const std::vector<double> weight = scaled(context, tensors.weight), bias = bias_of(context, tensors);
  input.bias.assign(padded, 0.0f);
  for (int r = 0; r < conv.out; ++r) input.bias[r] = float(bias[r]);
  input.rows.assign(padded * conv.in * kernel, 0.0f);
  for (std::size_t r = 0; r < std::size_t(conv.out); ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      const std::size_t label = r / height * width + c;
      for (std::size_t k = 0; k < kernel; ++k) {
        input.rows[(k * conv.in + label) * padded + r] = float(weight[(r * width + c) * kernel + k]);
      }
    }
  }
  context.plan.info.macs_per_sample += std::int64_t(conv.out) * conv.kernel;
  context.plan.class_input = std::move(input);
}

// What the layers make of the rows that a block of samples may read is kept at once (stream/conditioning.hpp).
void check_projection(const model::ModelData& model, const Interpolation& interpolation) {
  constexpr std::int64_t samples = 2 * model::block_frames;
  double width = model.config.wavenet.modulated() ? interpolation.bins() : 0;
  for (const model::Stack& stack : model.config.wavenet.stacks) {
    for (const model::Layer& layer : stack.layers) width += double(kernels::padded(layer.z_rows()));
  }
  if (double(interpolation.most_rows(samples)) * width <= model::max_state_values) return;
  model::fail(ErrorCode::invalid, model.name, "condition.upsampler",
              "too many rows of features to keep for layers of " + model::number_text(width) + " channels");
}

// Numbers the convs, and tells each layer and each sum which of them reads it.
void connect(Plan& plan) {
  std::size_t index = 0;
  for_each_conv(plan, [&](CausalConv& conv, const LayerPlan*) { conv.index = index++; });
  std::size_t v_reader = no_conv, sum_reader = plan.post.empty() ? no_conv : plan.post[0].conv.index;
  for (std::size_t i = plan.stacks.size(); i-- > 0;) {
    StackPlan& stack = plan.stacks[i];
    stack.head_reader = sum_reader;
    if (stack.head) sum_reader = stack.head->index;
    stack.sum_reader = sum_reader;
    for (std::size_t j = stack.layers.size(); j-- > 0;) {
      stack.layers[j].reader = v_reader;
      v_reader = stack.layers[j].conv.index;
    }
    if (stack.input) v_reader = stack.input->index;
  }
}

}  // namespace

Plan fold(const model::ModelData& model, const kernels::Kernels& kernels, bool columns) {
  Plan plan;
  plan.kernels = &kernels;
  plan.has_column_shape = columns || model.config.wavenet.generates();
  plan.modulated = model.config.wavenet.modulated();
  plan.precision = model.precision;
  plan.config = model.config;
  plan.info.outputs = model.config.wavenet.output.channels;
  const Context context(model, plan);
  const model::WaveNet& net = model.config.wavenet;
  if (net.condition.kind == model::ConditionKind::features) {
    plan.upsampler.emplace(net.condition, model.tensors, model.name, *plan.kernels,
                           model::stored_as(model::TensorRole::sensitive_weights, model.precision));
    plan.interpolation.emplace(*plan.upsampler, plan.modulated);
    check_projection(model, *plan.interpolation);
  }
  if (net.input.kind == model::InputKind::one_hot) fold_class_input(context);
  fold_stacks(context);
  fold_post(context);
  if (net.speakers) {
    plan.speakers = SpeakersPlan{net.speakers->count, net.speakers->channels,
                                 model::find_tensor(model.tensors, *context.tensors.speakers, model.name).values};
  }
  plan.condition_channels = net.condition.kind == model::ConditionKind::none ? 0 : net.condition.channels;
  if (net.condition.model) {
    Plan inner = fold(*net.condition.model, kernels, plan.has_column_shape);
    inner.info.receptive_field = reach(net.condition.model->config.wavenet).receptive_field;
    plan.condition_plan = std::make_shared<const Plan>(std::move(inner));
    plan.info.macs_per_sample += plan.condition_plan->info.macs_per_sample;
    plan.info.weight_bytes += plan.condition_plan->info.weight_bytes;
  }
  plan.condition_is_input = net.condition.kind == model::ConditionKind::signal;
  connect(plan);
  return plan;
}

}  // namespace atrous::network
