#include "model/work.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "model/hypernet.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

namespace {

// A product of `terms` matrices [out][in / groups] with vectors.
struct Matrix {
  double out = 0, in = 0, groups = 1, terms = 1;
};

Matrix matrix_of(const Conv& conv) {
  return {double(conv.out), double(conv.in), double(conv.groups), double(conv.kernel)};
}

Matrix matrix_of(const Pointwise& conv, int in) {
  return {double(conv.out), double(in), double(conv.groups)};
}

// Of each of a layer's convs the taps that are matrices of their own: of those that add up, one stands for all that
// have its lag and groups.
std::vector<int> own_taps(const Layer& layer) {
  struct Tap {
    int groups, lag;
    std::size_t conv;
  };
  const bool adds_up = !layer.branches.empty() && !layer.concatenates();
  std::vector<int> counts;
  std::vector<Tap> taps;
  for_each_branch(layer, [&](const Conv& conv) {
    for (int k = 0; adds_up && k < conv.kernel; ++k) taps.push_back({conv.groups, k * conv.dilation, counts.size()});
    counts.push_back(conv.kernel);
  });
  const auto place = [](const Tap& tap) { return std::pair(tap.groups, tap.lag); };
  std::stable_sort(taps.begin(), taps.end(), [&](const Tap& a, const Tap& b) { return place(a) < place(b); });
  for (std::size_t i = 1; i < taps.size(); ++i) {
    if (place(taps[i]) == place(taps[i - 1])) --counts[taps[i].conv];
  }
  return counts;
}

double beyond(double value, double limit) {
  return std::max(0.0, value - limit);
}

// A step of cells.
double cost_of_cells(double weights, double layers) {
  constexpr double cached_weights = 1 << 23;  // 32 MB
  return 0.45 * weights + 1.8 * beyond(weights, cached_weights) + 330 * layers;
}

double activated(const Activation& activation, int rows) {
  return activation.kind == ActivationKind::identity ? 0 : rows;
}

// As much as so many activations.
double cost_of_softmax(const PostLayer& layer) {
  constexpr double each = 40;
  return layer.softmax ? each * layer.conv.in : 0;
}

// What a sample of a block takes part in.
struct BlockWork {
  double macs = 0, reads = 0;  // multiply-adds; inputs that tiles of rows read
  double tiles = 0, products = 0;
  double activated = 0, copied = 0;              // rows
  double cell_weights = 0, layers_of_cells = 0;  // which are read anew at every step
  double filters = 0;                            // tenths of nanoseconds
  double rows_read = 0;                          // rows of queues

  static double tiles_of(const Matrix& matrix) {
    constexpr double rows_of_tile = 8;
    return matrix.groups * std::ceil(matrix.out / matrix.groups / rows_of_tile);
  }

  // What it adds to each sum of a product.
  void add_terms(const Matrix& matrix) {
    const double in_group = matrix.in / matrix.groups * matrix.terms;
    macs += matrix.out * in_group;
    reads += tiles_of(matrix) * in_group;
  }

  void add(const Matrix& matrix) {
    add_terms(matrix);
    tiles += tiles_of(matrix);
    products += 1;
  }
  void add(const Conv& conv) {
    add(matrix_of(conv));
    rows_read += conv.in;
  }

  void add_films(const Layer& layer, const Condition& condition) {
    for (std::size_t i = 0; i < film_points; ++i) {
      if (!layer.film[i]) continue;
      const double width = film_width(layer, static_cast<FilmPoint>(i), layer.conv.in, condition.channels);
      add(Matrix{(layer.film[i]->shift ? 2 : 1) * width, double(condition.channels), double(layer.film[i]->groups)});
      copied += width;
    }
  }

  // One product. Every tile looks at the taps of all branches, and reads its own.
  void add_branches(const Layer& layer) {
    double terms = 0, most = 0, all = 0;
    const std::vector<int> taps = own_taps(layer);
    for_each_branch(layer, [&, n = std::size_t(0)](const Conv& conv) mutable {
      Matrix matrix = matrix_of(conv);
      matrix.terms = taps[n++];
      add_terms(matrix);
      terms += matrix.terms;
      all += tiles_of(matrix);
      most = std::max(most, tiles_of(matrix));
    });
    const double count = layer.concatenates() ? all : most;
    tiles += count + (layer.branches.empty() ? 0 : 0.2 * count * terms);
    products += 1;
    rows_read += layer.conv.in;
  }

  void add(const Layer& layer, const Condition& condition) {
    add_branches(layer);
    if (condition.kind != ConditionKind::none) {
      add(Matrix{double(layer.z_rows()), double(condition.channels), double(layer.mixin_groups)});
    }
    activated += layer.z_rows();
    layer.skip ? add(matrix_of(*layer.skip, layer.bottleneck)) : void(copied += layer.bottleneck);
    layer.residual ? add(matrix_of(*layer.residual, layer.bottleneck)) : void(copied += layer.conv.in);
    add_films(layer, condition);
  }

  void add(const PostLayer& layer) {
    const Conv& conv = layer.conv;
    activated += cost_of_softmax(layer);
    if (has_cells(layer.kind)) {
      cell_weights += double(gates(layer.kind)) * conv.out * (conv.in + conv.out);
      layers_of_cells += 1;
    } else if (layer.is_fir()) {
      const bool by_fft = runs_by_fft(layer.implementation, conv.kernel);
      filters += by_fft ? 50 + 1.25 * std::sqrt(double(conv.kernel)) : 20 + 0.4 * conv.kernel;
    } else {
      add(conv);
      add(layer.activation, conv.in);
    }
  }

  // In a pass of its own.
  void add(const Activation& activation, int rows) {
    activated += model::activated(activation, rows);
    copied += model::activated(activation, rows);
  }

  void add(const Config& config) {
    const WaveNet& net = config.wavenet;
    if (config.front) add(config.front->config);
    if (config.hypernet) macs += hypernet_macs(config) / block_frames;  // while a knob moves
    if (net.condition.model) add(net.condition.model->config);
    for (const Stack& stack : net.stacks) {
      add(stack.input);
      add(stack.input_activation, stack.input.out);
      copied += stack.layers.front().skip_width();
      for (const Layer& layer : stack.layers) add(layer, net.condition);
      if (stack.head) add(*stack.head);
    }
    for (const PostLayer& layer : net.post) add(layer);
  }

  // Matrices in both heights of tiles, what describes them, and a block of each queue, against a cache of 2 MB: where
  // it does not hold them, every product waits for memory.
  double waiting() const {
    constexpr double cache = 1 << 21;
    const double bytes = 8 * macs + 300 * products + 256 * rows_read;
    return products * std::clamp(bytes / cache - 1, 0.0, 1.0);
  }

  // Of a block of so many frames. Whole vectors are computed; what is looked up, is looked up once.
  double cost(double frames) const {
    constexpr double vector = vector_floats;
    const double frame = 0.18 * macs + 0.22 * reads + 3.2 * tiles + 0.7 * activated + 1.6 * copied;
    const double step = cost_of_cells(cell_weights, layers_of_cells) + filters;
    return vector * std::ceil(frames / vector) * frame + frames * step +
           block_frames * (3.5 * products + 48 * waiting());
  }
};

// What a step takes part in. Matrices are cut into tiles of whole vectors, and what is known ahead is multiplied for
// several steps at once.
struct StepWork {
  double newest = 0, past = 0;  // weights, with the zeros that fill vectors
  double ranges = 0;            // of inputs, per tile and term
  double products = 0, activated = 0, copied = 0;
  double cell_weights = 0, layers_of_cells = 0;

  void add_terms(const Matrix& matrix, double& weights, double share = 1) {
    constexpr double vector = vector_floats, rows_of_tile = 64;
    const double rows = matrix.out / matrix.groups;
    weights += matrix.groups * vector * std::ceil(rows / vector) * matrix.in / matrix.groups * matrix.terms;
    ranges += share * matrix.groups * std::ceil(rows / rows_of_tile) * matrix.terms;
  }

  void add(const Matrix& matrix, double& weights) {
    add_terms(matrix, weights);
    products += 1;
  }

  // Returns how often a step multiplies what is known ahead.
  double add_taps(const Conv& conv) {
    const int ahead = conv.kernel > 1 ? std::min(conv.dilation, steps_ahead) : 1;
    Matrix matrix = matrix_of(conv);
    if (ahead > 1) {
      matrix.terms = conv.kernel - 1;
      add_terms(matrix, past, 1.0 / ahead);
      matrix.terms = 1;
    }
    add_terms(matrix, newest);
    return ahead > 1 ? 1.0 / ahead : 0;
  }

  void add(const Conv& conv) {
    copied += conv.in;
    products += 1 + add_taps(conv);
  }

  // Side by side they are one convolution, whose closest taps bound what is known ahead.
  void add_branches(const Layer& layer) {
    double often = 0;
    for_each_branch(layer, [&](const Conv& conv) { often = std::max(often, add_taps(conv)); });
    copied += layer.conv.in;
    products += 1 + often;
  }

  // A modulated layer runs part by part.
  void add_parts(const Layer& layer, const Condition& condition) {
    const double reads = condition.channels;
    add(Matrix{double(layer.z_rows()), reads, double(layer.mixin_groups)}, newest);
    for (std::size_t i = 0; i < film_points; ++i) {
      if (!layer.film[i]) continue;
      const double width = film_width(layer, static_cast<FilmPoint>(i), layer.conv.in, condition.channels);
      add(Matrix{(layer.film[i]->shift ? 2 : 1) * width, reads, double(layer.film[i]->groups)}, newest);
      copied += 2 * width;
    }
    copied += layer.z_rows() + layer.conv.in;
    if (layer.skip) add(matrix_of(*layer.skip, layer.bottleneck), newest);
    if (layer.residual) add(matrix_of(*layer.residual, layer.bottleneck), newest);
  }

  // The residual and the skip are one matrix, in which groups are written out with their zeros.
  void add(const Layer& layer, bool residual, const Condition& condition) {
    add_branches(layer);
    activated += layer.z_rows();
    if (!layer.skip) copied += layer.bottleneck;
    if (layer.modulated()) return add_parts(layer, condition);
    if (condition.kind == ConditionKind::signal || condition.kind == ConditionKind::model) {
      add(Matrix{double(layer.z_rows()), double(condition.channels), double(layer.mixin_groups)}, newest);
    }
    if (residual && layer.skip) {
      add(Matrix{double(layer.residual->out) + layer.skip->out, double(layer.bottleneck)}, newest);
    } else if (residual || layer.skip) {
      add(matrix_of(residual ? *layer.residual : *layer.skip, layer.bottleneck), newest);
    }
  }

  void add(const PostLayer& layer) {
    activated += model::activated(layer.activation, layer.conv.in) + cost_of_softmax(layer);
    if (layer.kind == PostKind::conv) return add(layer.conv);
    cell_weights += double(gates(layer.kind)) * layer.conv.out * (layer.conv.in + layer.conv.out);
    layers_of_cells += 1;
  }

  void add(const WaveNet& net) {
    if (net.condition.model) add(net.condition.model->config.wavenet);
    for (const Stack& stack : net.stacks) {
      if (&stack != &net.stacks.front() || net.input.kind != InputKind::one_hot) add(stack.input);
      activated += model::activated(stack.input_activation, stack.input.out);
      for (const Layer& layer : stack.layers) {
        const bool last = &stack == &net.stacks.back() && &layer == &stack.layers.back();
        add(layer, layer.residual && !last, net.condition);
      }
      if (stack.head) add(*stack.head);
    }
    for (const PostLayer& layer : net.post) add(layer);
  }

  double cost() const {
    constexpr double cached_weights = 1 << 19, cached_products = 1 << 10;  // 2 MB
    return cost_of_cells(cell_weights, layers_of_cells) + 0.45 * (newest + past) +
           1.3 * beyond(newest, cached_weights) + 110 * ranges + 650 * products +
           6000 * beyond(products, cached_products) + 3.5 * activated + 4 * copied;
  }
};

// The way from the frames of features to what the mixins give for a sample. Where the last stages treat all bins alike,
// they come behind the mixins (network/interpolation.hpp): a sample is a sum of a few rows that were projected.
struct ConditionWork {
  double weights = 0, reads = 0;  // of products, with the zeros that fill vectors; as many of them as no columns share
  double uncached = 0;            // of those, what no cache holds
  double products = 0, terms = 0, rows = 0;
  double macs = 0, taps_of_bins = 0, taps_that_count = 0;  // of stages that treat all bins alike
  double activated = 0, copied = 0;
  double summed = 0, weighed = 0;  // values of projected rows, and the numbers that they are weighed with

  // Inputs that an output reads, on average.
  static double taps(const UpsampleStage& stage) {
    switch (stage.kind) {
      case UpsampleKind::conv:
        return stage.kernel;
      case UpsampleKind::repeat:
        return 1;
      case UpsampleKind::stretch:
        return 1 + double(stage.kernel - 1) / stage.stride;
      case UpsampleKind::transposed:
      case UpsampleKind::transposed2d:
        return double(stage.kernel) / stage.stride;
    }
    return 0;
  }

  void add(const UpsampleStage& stage, double outputs) {
    const double count = outputs * taps(stage);
    if (mixes_bins(stage)) {
      multiply({double(stage.out), double(stage.in), double(stage.groups), taps(stage)}, outputs,
               steps_ahead * outputs / stage.stride);
      terms += count * stage.groups;
    } else {
      macs += count * stage.out * std::min(stage.frequency_kernel, stage.out);
      taps_of_bins += count * stage.frequency_kernel;
      taps_that_count += count * std::min(stage.frequency_kernel, 2 * stage.out);
    }
    rows += outputs;
    copied += outputs * stage.out;
    activated += outputs * model::activated(stage.activation, stage.out);
  }

  // So many times a sample, as many columns at a time.
  void multiply(const Matrix& matrix, double times, double columns) {
    constexpr double vector = vector_floats, cached = 1 << 19;
    const double read = matrix.groups * vector * std::ceil(matrix.out / matrix.groups / vector) * matrix.in /
                        matrix.groups * matrix.terms;
    const double alone = times / std::clamp(columns, 1.0, double{steps_ahead});
    weights += times * read;
    reads += alone * read;
    uncached += alone * beyond(read, cached);
  }

  // What the mixins make of rows that stand for so many samples.
  void add(const WaveNet& net, double samples, double rows_of_sample) {
    for (const Stack& stack : net.stacks) {
      for (const Layer& layer : stack.layers) {
        multiply({double(layer.z_rows()), double(net.condition.channels), double(layer.mixin_groups)}, 1 / samples,
                 steps_ahead / samples);
        products += 1 / samples;
        summed += layer.z_rows() * rows_of_sample;
      }
    }
    copied += net.condition.channels / samples;
  }

  void add(const WaveNet& net) {
    const std::vector<UpsampleStage>& stages = net.condition.upsampler;
    std::size_t level = stages.size();
    double samples = 1, rows_of_sample = 1;
    while (level > 0 && treats_bins_alike(stages[level - 1])) {
      const UpsampleStage& stage = stages[--level];
      samples *= stage.stride;
      weighed += rows_of_sample * std::ceil(taps(stage));
      rows_of_sample = std::ceil((rows_of_sample - 1) / stage.stride) + std::ceil(taps(stage));
    }
    add(net, samples, rows_of_sample);
    for (double outputs = 1 / samples; level-- > 0; outputs /= stages[level].stride) add(stages[level], outputs);
  }

  double cost() const {
    return 0.2 * weights + 0.1 * reads + 1.3 * uncached + 250 * products + 11 * terms + 85 * rows + macs +
           7.4 * taps_of_bins + 19 * taps_that_count + 28 * activated + 2 * copied + 0.25 * summed + 12 * weighed;
  }
};

}  // namespace

double block_cost(const Config& config, int frames) noexcept {
  BlockWork work;
  work.add(config);
  return work.cost(frames);
}

double sample_cost(const Config& config) noexcept {
  return config.wavenet.generates() ? step_cost(config) : block_cost(config, block_frames) / block_frames;
}

double step_cost(const Config& config) noexcept {
  StepWork work;
  work.add(config.wavenet);
  return work.cost();
}

double condition_cost(const Config& config) noexcept {
  if (config.wavenet.condition.kind != ConditionKind::features) return 0;
  ConditionWork work;
  work.add(config.wavenet);
  return work.cost();
}

// FFTs of sizes with large prime factors take several of others.
double features_cost(const Features& features) noexcept {
  int left = features.fft;
  for (const int prime : {2, 3, 5, 7, 11, 13}) {
    while (left % prime == 0) left /= prime;
  }
  const double fft = features.fft * std::log2(features.fft) * (left > 1 ? 18 : 3.5);
  const double powers = features.fft * (features.power == 1 || features.power == 2 ? 20.0 : 110.0);
  const double bins = features.bins * (features.log_base == LogBase::none ? 20.0 : 90.0);
  return features.sample_rate / features.hop * (1500 + fft + powers + bins);
}

double highpass_cost(const Config& config) noexcept {
  return config.waveform.highpass_hz > 0 ? 1.8 * config.sample_rate * config.waveform.highpass_taps : 0;
}

}  // namespace atrous::model
