// The `.nam` architectures without skips: ConvNet, LSTM and Linear, each a chain that the post-net runs.
#include <algorithm>
#include <cctype>
#include <cstdint>

#include "model/activation_json.hpp"
#include "model/formats/chain.hpp"
#include "model/formats/nam_architectures.hpp"
#include "model/knobs.hpp"
#include "model/limits.hpp"
#include "model/tensor_shapes.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace atrous::model {

namespace {

int read_or(const JsonView& parent, const std::string& key, int default_value, int most) {
  const auto json = parent.find(key);
  return json ? json->integer(1, most) : default_value;
}

// The flat list of weights, dealt out from the front.
class Weights {
 public:
  Weights(const JsonView& json, std::int64_t expected) {
    if (std::int64_t(json.size()) != expected) json.expected("an array of " + std::to_string(expected));
    values_ = json.reals();
  }

  std::vector<float> take(std::int64_t count) {
    const auto begin = values_.begin() + std::ptrdiff_t(next_);
    next_ += std::size_t(count);
    return {begin, begin + std::ptrdiff_t(count)};
  }

 private:
  std::vector<float> values_;
  std::size_t next_ = 0;
};

// Four values per channel, then one epsilon.
Batchnorm read_batchnorm(Weights& weights, int channels) {
  Batchnorm norm;
  norm.mean = weights.take(channels);
  norm.variance = weights.take(channels);
  norm.gamma = weights.take(channels);
  norm.beta = weights.take(channels);
  norm.epsilon = double(weights.take(1)[0]);
  return norm;
}

struct ConvNet {
  int channels = 0, groups = 1, in = 1, out = 1;
  std::vector<int> dilations;
  bool batchnorm = false;
  Activation activation;
};

ConvNet read_convnet(const JsonView& json) {
  ConvNet net;
  net.channels = json.at("channels").integer(1, max_channels);
  net.groups = read_or(json, "groups", 1, max_channels);
  net.in = read_or(json, "in_channels", 1, max_audio_channels);
  net.out = read_or(json, "out_channels", 1, max_audio_channels);
  net.batchnorm = json.at("batchnorm").boolean();
  net.activation = activation_from_json(json.at("activation"), UnknownKeys::ignore);
  const JsonView dilations = json.at("dilations");
  if (dilations.size(max_post_layers - 1) == 0) dilations.expected("at least one dilation");
  for (std::size_t n = 0; n < dilations.size(); ++n) net.dilations.push_back(dilations[n].integer(1, max_dilation));
  return net;
}

// Blocks of a conv of two taps, then the activation; the head is a 1x1.
std::vector<PostLayer> convnet_chain(const ConvNet& net) {
  std::vector<PostLayer> chain;
  for (const int dilation : net.dilations) {
    PostLayer layer;
    if (!chain.empty()) layer.activation = net.activation;
    layer.conv = {.in = chain.empty() ? net.in : net.channels,
                  .out = net.channels,
                  .kernel = 2,
                  .dilation = dilation,
                  .groups = net.groups};
    chain.push_back(layer);
  }
  PostLayer head;
  head.activation = net.activation;
  head.conv = {.in = net.channels, .out = net.out};
  chain.push_back(head);
  return chain;
}

// Capitals differ between exporters. All give the same sound, so a name that is not known is no reason to refuse.
Implementation read_implementation(const JsonView& config, ModelData& data) {
  const auto json = config.find("implementation");
  if (!json) return Implementation::automatic;
  std::string name(json->string());
  for (char& c : name) c = char(std::tolower(static_cast<unsigned char>(c)));
  if (name == "direct") return Implementation::direct;
  if (name == "fft") return Implementation::fft;
  if (name != "auto") data.warnings.push_back(json->path() + ": " + in_quotes(name) + " is not known and was ignored");
  return Implementation::automatic;
}

void make_chain(ModelData& data, int inputs, std::vector<PostLayer> chain) {
  data.config.wavenet.input.channels = inputs;
  data.config.wavenet.output.channels = chain.back().conv.out;
  data.config.wavenet.post = std::move(chain);
  validate_config(data.config, data.name);  // before any weight is counted
}

}  // namespace

void read_nam_convnet(const JsonView& config, const JsonView& weights, ModelData& data) {
  const ConvNet net = read_convnet(config);
  make_chain(data, net.in, convnet_chain(net));
  const std::vector<PostLayer>& chain = data.config.wavenet.post;
  const std::vector<PostTensors> tensors = model_tensors(data.config).post;
  std::int64_t expected = value_counts(tensor_shapes(data.config));
  // With batchnorm a block has four values a channel and one more in place of its bias.
  if (net.batchnorm) expected += (std::int64_t{3} * net.channels + 1) * std::int64_t(net.dilations.size());
  Weights list(weights, expected);
  for (std::size_t n = 0; n < chain.size(); ++n) {
    const int out = chain[n].conv.out;
    const ProductTensors& product = tensors[n].product;
    const bool folded = net.batchnorm && n + 1 < chain.size();
    std::vector<float> weight = list.take(value_count(product.weight.shape));
    std::vector<float> bias = folded ? std::vector<float>(std::size_t(out)) : list.take(out);
    if (folded) fold_batchnorm(read_batchnorm(list, out), weight, bias);
    put_tensor(data.tensors, product.weight, std::move(weight));
    put_tensor(data.tensors, *product.bias, std::move(bias));
  }
}

void read_nam_lstm(const JsonView& config, const JsonView& weights, ModelData& data) {
  const bool parametric = !data.config.knobs.empty();  // then what is read is one signal, and they
  const int inputs = parametric ? 1 + knob_rows(data.config) : config.at("input_size").integer(1, max_audio_channels);
  const int cells = config.at("hidden_size").integer(1, max_channels / 4);
  const int layers = parametric ? read_or(config, "num_layers", 1, max_post_layers - 1)
                                : config.at("num_layers").integer(1, max_post_layers - 1);
  if (const auto channels = config.find("in_channels")) {
    if (channels->integer(1, max_audio_channels) != inputs)
      channels->expected(std::to_string(inputs) + " (input_size)");
  }
  std::vector<PostLayer> chain(std::size_t(layers) + 1);
  for (int n = 0; n < layers; ++n) {
    chain[std::size_t(n)].kind = PostKind::lstm;
    chain[std::size_t(n)].conv = {.in = n == 0 ? inputs : cells, .out = cells};
  }
  chain.back().conv = {.in = cells, .out = read_or(config, "out_channels", 1, max_audio_channels)};
  // A half second of zeros at the file's rate. Where it states none, the original runtime takes a single sample; one
  // with knobs starts from the state of the file, which is what a second of silence has led to.
  data.config.prewarm = !parametric;
  data.config.prewarm_samples = data.states_sample_rate ? std::max(1, int(0.5 * data.config.sample_rate)) : 1;
  if (parametric) data.config.prewarm_samples = 0;
  make_chain(data, inputs, std::move(chain));

  const std::vector<TensorShape> shapes = tensor_shapes(data.config);  // in the order of the file
  Weights list(weights, value_counts(shapes));
  for (const TensorShape& tensor : shapes) put_tensor(data.tensors, tensor, list.take(value_count(tensor.shape)));
}

// w[0] multiplies the current sample, which is the last tap of a conv.
void read_nam_linear(const JsonView& config, const JsonView& weights, ModelData& data) {
  const int taps = config.at("receptive_field").integer(1, max_fir_taps);
  const bool bias = config.at("bias").boolean();
  for (const char* key : {"in_channels", "out_channels"}) {
    if (const auto channels = config.find(key)) channels->integer(1, 1);
  }
  PostLayer filter;
  filter.conv = {.kernel = taps, .bias = bias};
  if (filter.is_fir()) filter.implementation = read_implementation(config, data);
  data.config.prewarm = false;
  make_chain(data, 1, {filter});
  Weights list(weights, std::int64_t{taps} + (bias ? 1 : 0));
  std::vector<float> weight = list.take(taps);
  std::reverse(weight.begin(), weight.end());
  const ProductTensors tensors = model_tensors(data.config).post[0].product;
  put_tensor(data.tensors, tensors.weight, std::move(weight));
  if (tensors.bias) put_tensor(data.tensors, *tensors.bias, list.take(1));
}

}  // namespace atrous::model
