#include "network/upsampler.hpp"

#include <algorithm>
#include <atrous/error.hpp>
#include <cmath>
#include <map>

#include "model/tensor_shapes.hpp"

namespace atrous::network {
namespace {

using model::UpsampleKind;

// Beyond what validation bounds: what a stage may cost to pack, and a stream to hold.
constexpr std::int64_t max_reach = 1 << 20;          // frames that one output may look back
constexpr std::int64_t max_stretch_work = 1 << 24;   // stride · kernel · frequency_kernel
constexpr std::int64_t max_phase_rows = 1 << 22;     // of the matrices, one for every phase, however few their taps
constexpr std::int64_t max_buffer_floats = 1 << 25;  // of all stages in one stream

bool transposed(UpsampleKind kind) {
  return kind == UpsampleKind::transposed || kind == UpsampleKind::transposed2d;
}

void check_at_most(const std::string& where, const std::string& what, std::int64_t value, std::int64_t limit) {
  if (value <= limit) return;
  throw Error(ErrorCode::invalid,
              where + ": " + what + ": expected at most " + std::to_string(limit) + ", found " + std::to_string(value));
}

void check_cost(const model::UpsampleStage& stage, const std::string& where) {
  check_at_most(where, "dilation · (kernel - 1)", std::int64_t{stage.dilation} * (stage.kernel - 1), max_reach);
  if (mixes_bins(stage)) {
    check_at_most(where, "stride · out", std::int64_t{stage.stride} * stage.out, max_phase_rows);
  }
  if (stage.kind != UpsampleKind::stretch) return;
  // Divided, since the product of the three could overflow.
  check_at_most(where, "kernel · frequency_kernel", std::int64_t{stage.kernel} * stage.frequency_kernel,
                max_stretch_work / stage.stride);
}

std::string field(const std::string& file, std::size_t stage) {
  return (file + ": condition.upsampler.").append(std::to_string(stage));
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

// The matrix of tap k as a term, whatever the order in the file.
Term matrix_of(const model::UpsampleStage& stage, const std::vector<float>& weight, std::size_t k,
               Precision precision) {
  const int in_group = stage.in / stage.groups, out_group = stage.out / stage.groups;
  Term term{stage.in, stage.groups, {}, precision};
  term.weights.reserve(std::size_t(stage.out) * in_group);
  for (int o = 0; o < stage.out; ++o) {
    for (int i = 0; i < in_group; ++i) {
      const int in = o / out_group * in_group + i;
      const std::size_t row = stage.kind == UpsampleKind::transposed ? std::size_t(in) * out_group + o % out_group
                                                                     : std::size_t(o) * in_group + i;
      term.weights.push_back(double(weight[row * stage.kernel + k]));
    }
  }
  return term;
}

// The frequency taps of time tap k, as the offsets from the output's bin ascend. A transposed convolution turns them.
void append_column(const model::UpsampleStage& stage, const std::vector<float>& weight, int k,
                   std::vector<float>& packed) {
  for (int f = 0; f < stage.frequency_kernel; ++f) {
    const int row = transposed(stage.kind) ? stage.frequency_kernel - 1 - f : f;
    packed.push_back(weight[std::size_t(row) * stage.kernel + k]);
  }
}

void pack_conv(const model::UpsampleStage& stage, UpsamplerStage& packed) {
  for (int k = 0; k < stage.kernel; ++k) packed.taps.push_back({k * stage.dilation, std::size_t(k)});
  packed.first_tap.push_back(stage.kernel);
}

void pack_repeat(const model::UpsampleStage& stage, UpsamplerStage& packed) {
  packed.weights = {1.0f};
  for (int p = 0; p < stage.stride; ++p) {
    packed.taps.push_back({0, 0});
    packed.first_tap.push_back(p + 1);
  }
}

// Output q·s + p reads the repeated frames at q·s + p + k - kernel/2, that is frame q + floor((p + k - kernel/2) / s).
void pack_stretch(const model::UpsampleStage& stage, const std::vector<float>& weight, UpsamplerStage& packed) {
  for (int p = 0; p < stage.stride; ++p) {
    std::map<int, std::vector<double>> sums;  // by offset
    for (int k = 0; k < stage.kernel; ++k) {
      auto& sum = sums[int(floor_divide(p + k - stage.kernel / 2, stage.stride))];
      sum.resize(stage.frequency_kernel);
      for (int f = 0; f < stage.frequency_kernel; ++f) {
        sum[f] += weight[std::size_t(f) * stage.kernel + k];
      }
    }
    for (const auto& [offset, sum] : sums) {
      packed.taps.push_back({offset, packed.weights.size()});
      for (const double w : sum) packed.weights.push_back(float(w));
    }
    packed.first_tap.push_back(int(packed.taps.size()));
  }
}

// Frame i adds weight[k] at i·stride - padding + k·dilation, so output q·stride + p - padding reads the taps with
// k·dilation = p + m·stride, from frame q - m.
void pack_transposed(const model::UpsampleStage& stage, const std::vector<float>& weight, UpsamplerStage& packed) {
  std::vector<std::vector<int>> taps_of_phase(stage.stride);
  for (int k = stage.kernel - 1; k >= 0; --k) {
    taps_of_phase[std::int64_t{k} * stage.dilation % stage.stride].push_back(k);
  }
  for (const auto& taps : taps_of_phase) {
    for (const int k : taps) {
      const auto m = int(std::int64_t{k} * stage.dilation / stage.stride);
      packed.taps.push_back({-m, packed.mixes_channels ? std::size_t(k) : packed.weights.size()});
      if (!packed.mixes_channels) append_column(stage, weight, k, packed.weights);
    }
    packed.first_tap.push_back(int(packed.taps.size()));
  }
}

// Bounds of the offsets, and how far the outputs are settled by the frames received.
void measure_taps(UpsamplerStage& stage) {
  stage.min_offset = stage.max_offset = stage.taps.front().offset;
  bool first = true;
  for (int p = 0; p < stage.phases; ++p) {
    if (stage.first_tap[p] == stage.first_tap[p + 1]) continue;
    const int oldest = stage.taps[stage.first_tap[p]].offset, newest = stage.taps[stage.first_tap[p + 1] - 1].offset;
    stage.min_offset = std::min(stage.min_offset, oldest);
    stage.max_offset = std::max(stage.max_offset, newest);
    const std::int64_t lead = p - std::int64_t{newest} * stage.phases - stage.origin;
    stage.lead = first ? lead : std::min(stage.lead, lead);
    first = false;
  }
}

std::int64_t extra_length(const model::UpsampleStage& stage) {
  const std::int64_t reach = std::int64_t{stage.dilation} * (stage.kernel - 1);
  if (stage.kind == UpsampleKind::conv) return -reach;
  if (!transposed(stage.kind)) return 0;
  return reach + stage.output_padding + 1 - stage.stride - 2 * std::int64_t{stage.padding};
}

UpsamplerStage pack(const model::UpsampleStage& stage, const model::Tensors& values,
                    const std::optional<model::ProductTensors>& tensors, const std::string& file) {
  UpsamplerStage packed;
  packed.in = stage.in;
  packed.out = stage.out;
  packed.phases = stage.stride;
  packed.origin = stage.padding;
  packed.extra_length = extra_length(stage);
  packed.mixes_channels = mixes_bins(stage);
  packed.groups = stage.groups;
  packed.frequency_kernel = stage.frequency_kernel;
  packed.first_tap.push_back(0);
  packed.activation = stage.activation;
  if (packed.activation.slopes.size() == 1) {
    packed.activation.slope = packed.activation.slopes[0];
    packed.activation.slopes.clear();
  }
  if (stage.kind == UpsampleKind::repeat) {
    pack_repeat(stage, packed);
  } else {
    const auto& weight = model::find_tensor(values, tensors->weight, file).values;
    if (stage.kind == UpsampleKind::conv) pack_conv(stage, packed);
    if (stage.kind == UpsampleKind::stretch) pack_stretch(stage, weight, packed);
    if (transposed(stage.kind)) pack_transposed(stage, weight, packed);
    if (tensors->bias) {
      packed.bias = model::find_tensor(values, *tensors->bias, file).values;
      if (!packed.mixes_channels) packed.bias.assign(stage.out, packed.bias[0]);
    }
  }
  measure_taps(packed);
  return packed;
}

// Taps that read the same frame were added up.
void check_finite(const UpsamplerStage& stage, const std::string& where) {
  if (std::all_of(stage.weights.begin(), stage.weights.end(), [](float weight) { return std::isfinite(weight); }))
    return;
  throw Error(ErrorCode::invalid, where + ": sums of its weights are beyond the range of a float");
}

// The product of each phase of a stage that mixes channels.
std::vector<Product> pack_matrices(const model::UpsampleStage& stage, const UpsamplerStage& packed,
                                   const std::vector<float>& weight, const kernels::Kernels& kernels,
                                   Precision precision) {
  std::vector<Product> products;
  for (int p = 0; p < packed.phases; ++p) {
    Affine affine{stage.out, {packed.bias.begin(), packed.bias.end()}, {}};
    for (int n = packed.first_tap[p]; n < packed.first_tap[p + 1]; ++n) {
      affine.terms.push_back(matrix_of(stage, weight, packed.taps[n].weights, precision));
    }
    products.push_back(pack_columns(affine, kernels));
  }
  return products;
}

std::string checkerboard_warning(std::string name, const model::UpsampleStage& stage) {
  name += ": the kernel of its transposed convolution (" + std::to_string(stage.kernel);
  name += ") is no multiple of the stride (" + std::to_string(stage.stride);
  return name += "), which imprints a checkerboard pattern";
}

}  // namespace

std::int64_t UpsamplerStage::length(std::int64_t frames) const noexcept {
  return frames > 0 ? std::max<std::int64_t>(0, frames * phases + extra_length) : 0;
}

std::int64_t UpsamplerStage::settled(std::int64_t frames) const noexcept {
  return std::max<std::int64_t>(0, std::min(length(frames), frames * phases + lead));
}

RowRange UpsamplerStage::inputs(RowRange outputs) const noexcept {
  return {(outputs.begin + origin) / phases + min_offset, (outputs.end - 1 + origin) / phases + max_offset + 1};
}

std::int64_t UpsamplerStage::most_inputs(std::int64_t count) const noexcept {
  return (count + phases - 2) / phases + 1 + max_offset - min_offset;
}

std::int64_t UpsamplerStage::outputs_ahead() const noexcept {
  constexpr std::int64_t most_frames = 4, most_values = 1 << 16;
  if (!mixes_channels || phases == 1) return 0;
  const std::int64_t frames = std::min(most_frames, most_values / (std::int64_t{phases} * out));
  return frames > 1 ? frames * phases : 0;
}

UpsamplerPlan::UpsamplerPlan(const model::Condition& condition, const model::Tensors& values, const std::string& file,
                             const kernels::Kernels& kernels, Precision matrices)
    : bins_in_(condition.bins), channels_out_(condition.channels), pad_(condition.pad), kernels_(&kernels) {
  const std::vector<std::optional<model::ProductTensors>> tensors = model::upsampler_tensors(condition);
  for (std::size_t n = 0; n < condition.upsampler.size(); ++n) {
    const model::UpsampleStage& stage = condition.upsampler[n];
    check_cost(stage, field(file, n));
    stages_.push_back(pack(stage, values, tensors[n], file));
    check_finite(stages_.back(), field(file, n));
    hop_ *= stage.stride;
    if (transposed(stage.kind) && stage.kernel % stage.stride != 0) {
      checkerboard_.push_back(checkerboard_warning(tensors[n]->name, stage));
    }
  }
  check_held(file);
  for (std::size_t n = 0; n < stages_.size(); ++n) {
    products_.emplace_back();
    if (!stages_[n].mixes_channels) continue;
    const auto& weight = model::find_tensor(values, tensors[n]->weight, file).values;
    products_.back() = pack_matrices(condition.upsampler[n], stages_[n], weight, kernels, matrices);
  }
  first_commuting_ = stages_.size();
  while (first_commuting_ > 0 && treats_bins_alike(condition.upsampler[first_commuting_ - 1])) --first_commuting_;
}

void UpsamplerPlan::check_held(const std::string& file) const {
  const std::vector<std::int64_t> kept = rows_kept(stages_.size());
  std::int64_t held = kept.back() * channels_out_;
  for (std::size_t n = stages_.size(); n-- > 0;) {
    held += kept[n] * stages_[n].in;
    check_at_most(field(file, n), "values to hold at a time", held, max_buffer_floats);
  }
}

std::vector<std::int64_t> UpsamplerPlan::rows_kept(std::size_t level) const {
  std::vector<std::int64_t> kept(level + 1);
  std::int64_t wanted = chunk_frames;  // most rows of the level that are asked for at a time
  for (std::size_t n = level; n > 0; --n) {
    const UpsamplerStage& stage = stages_[n - 1];
    const std::int64_t ahead = stage.outputs_ahead();
    if (n < level) kept[n] = 2 * wanted;  // twice what is wanted, so that rows rarely move
    if (ahead > 0) kept[n] = wanted += ahead;
    wanted = stage.most_inputs(wanted);
  }
  kept[0] = wanted;
  return kept;
}

std::int64_t UpsamplerPlan::length(std::int64_t padded_frames) const noexcept {
  for (const UpsamplerStage& stage : stages_) padded_frames = stage.length(padded_frames);
  return padded_frames;
}

}  // namespace atrous::network
