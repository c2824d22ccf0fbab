// What runs: a model validated once, its constant factors folded away, its weights packed for the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/export.h>
#include <atrous/isa.hpp>
#include <atrous/knobs.hpp>
#include <atrous/model.hpp>

namespace atrous {

/// How a model is packed.
struct NetworkOptions {
  Isa isa = Isa::automatic;  ///< throws Error (argument) at construction where the machine lacks it
  /// Of the weights; absent: that of the model. Throws Error (argument) for an effect, unless f32.
  std::optional<Precision> precision{};
  /// Of a model with several sizes (Model::size_bounds) the one that runs, 0 to 1; absent: the full one.
  std::optional<double> size{};
  /// Packs the other sizes beside it, so that an effect can change between them while it runs (Effect::set_size).
  bool all_sizes = false;
};

/// Which lags inside the receptive field reach the output: stacked dilations can leave holes, called gridding by Wang
/// et al., "Understanding Convolution for Semantic Segmentation" (arXiv:1702.08502).
struct Gridding {
  std::int64_t covered_lags = 0;  ///< lags from 0 that some path of taps reaches
  std::int64_t total_lags = 0;    ///< the receptive field in samples
  int common_divisor = 1;         ///< greatest common divisor of the dilations; above 1 always leaves holes
};

/// The dilation rates r_1 … r_n of a stack of layers, and the criterion of hybrid dilated convolution (HDC; section 3.2
/// of the same paper): M_n = r_n, M_i = max(M_{i+1} - 2 r_i, 2 r_i - M_{i+1}, r_i) bounds the distance between lags
/// that the layers from i on read, and the first layer fills it where M_2 is at most its kernel. The formula counts
/// three taps a layer: with as many or more, and r_1 = 1, nothing is left out where it holds. With two there may be
/// holes all the same, and rates that do not ascend may fail it without any: Gridding::covered_lags is exact.
struct HybridDilation {
  /// Dilations of the layers with several taps, as others read no past; of one with branches, the largest distance
  /// between neighbours among the lags that they read.
  std::vector<int> rates;
  int kernel = 1;                          ///< taps: the smallest kernel of these layers
  std::optional<std::int64_t> distance{};  ///< M_2; absent: fewer than two rates, of which nothing is asked
  bool holds = true;                       ///< whether it is at most `kernel`
};

/// The local conditioning of a network that reads features.
struct FeatureInfo {
  std::size_t bins = 0;  ///< values of a frame
  std::size_t hop = 0;   ///< samples of sound per frame
};

/// Facts about a network, computed at construction.
struct NetworkInfo {
  std::string architecture;          ///< "WaveNet"; of models in turn "WaveNet + Linear"
  double sample_rate = 0;            ///< Hz
  int inputs = 1;                    ///< audio channels in, without knobs (1 for a generator)
  int outputs = 1;                   ///< rows of the output: channels, or parameters of the distribution
  int layers = 0;                    ///< of the stacks; where there are none, as in ConvNet, LSTM and GRU, of the whole
  std::vector<int> dilations;        ///< one per layer: that of its convolution, or the first of its branches
  std::int64_t receptive_field = 1;  ///< samples; where `recurrent`, of the convolutions alone
  bool recurrent = false;            ///< has LSTM or GRU cells, which read without end
  std::int64_t parameters = 0;       ///< weights and biases of the file, and the scale of a WaveNet effect's output
  std::int64_t macs_per_sample = 0;  ///< multiply-accumulates of the graph, without padding or activations
  std::int64_t weight_bytes = 0;     ///< bytes of weights read per sample when one voice generates
  Gridding gridding;                 ///< what of the receptive field is read
  bool generates = false;            ///< its output is a distribution: use Generator; otherwise Effect
  std::optional<FeatureInfo> features{};     ///< absent: it reads none
  int speakers = 0;                          ///< entries of the speaker embedding
  std::vector<KnobInfo> knobs{};             ///< of an effect: Effect::set_knob turns them
  std::vector<std::vector<int>> branches{};  ///< of each layer, the dilations of its further branches; of most, none
  std::vector<HybridDilation> stacks{};      ///< of each stack; without stacks, of the whole, where two layers dilate
  std::vector<std::string> warnings;         ///< gridding, checkerboard upsamplers, weights cut off and the like
};

/// A model ready to run. Immutable and cheap to copy (shared): any number of effects and generators on any threads may
/// share one. Nothing but construction allocates.
class ATROUS_API Network {
 public:
  /// Folds and packs the model, which was validated when it was read. Throws Error: unsupported (a part that cannot
  /// run, such as FiLM in a generator), invalid (too large once folded), argument (an option; see each). Allocates.
  explicit Network(const Model& model, NetworkOptions options = {});

  const NetworkInfo& info() const noexcept;  ///< of the size that runs
  Isa isa() const noexcept;                  ///< the one chosen, never `automatic`
  Precision precision() const noexcept;      ///< of its weights
  /// What it was made from, in the precision that runs: the whole model, or where one size of several was asked for,
  /// that size alone.
  const Model& model() const noexcept;

  struct ATROUS_LOCAL Access;  // the library's own

 private:
  struct ATROUS_LOCAL State;
  std::shared_ptr<const State> state_;
};

}  // namespace atrous
