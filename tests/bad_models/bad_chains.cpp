// Files of chains (RTNeural's and AIDA-X's Keras JSON, GuitarML's recurrent models), broken in one place.
#include <string>
#include <vector>

#include "broken_files.hpp"
#include "catch.hpp"
#include "chain_files.hpp"

using namespace atrous;
using namespace atrous::test;

namespace {

Json good_keras(Random& random) {
  Json conv = random_conv(random, 1, 4);
  conv["kernel_size"] = {2};
  conv["weights"] = {random_array(random, {2, 1, 4}), random_array(random, {4})};
  conv["activation"] = "tanh";
  const Json layers = {conv,
                       random_batchnorm(random, 4, true),
                       layer_of("prelu", 4, Json::array({random_array(random, {1, 4})})),
                       random_lstm(random, 4, 3),
                       random_gru(random, 3, 5),
                       random_dense(random, 5, 1, true)};
  return {{"in_shape", {nullptr, nullptr, 1}},
          {"layers", layers},
          {"in_skip", 1},
          {"in_gain", 1.5},
          {"out_gain", -3},
          {"samplerate", 48000}};
}

const std::vector<Case>& keras_cases() {
  static const std::vector<Case> cases{
      {"/in_shape", Json::array(), "in_shape"},
      {"/in_shape", "x", "in_shape"},
      {"/in_shape/2", nullptr, "in_shape[2]"},
      {"/in_shape/2", 0, "in_shape[2]"},
      {"/in_shape/2", 1.5, "in_shape[2]"},
      {"/in_shape/2", 65, "in_shape[2]"},
      {"/in_shape/2", 2, "layers[0].weights[0][0]"},
      {"/layers", removed, "layers"},
      {"/layers", Json::array(), "layers"},
      {"/layers", Json::object(), "layers"},
      {"/layers/0", nullptr, "layers[0]"},
      {"/layers/0/type", removed, "layers[0].type"},
      {"/layers/0/type", 1, "layers[0].type"},
      {"/layers/0/type", "rnn", "rnn"},
      {"/layers/0/shape", removed, "layers[0].shape"},
      {"/layers/0/shape", Json::array(), "layers[0].shape"},
      {"/layers/0/shape/2", 5, "layers[0].weights[0][0][0]"},
      {"/layers/0/shape/2", 1000000000, "layers[0].shape[2]"},
      {"/layers/0/activation", "gelu", "gelu"},
      {"/layers/0/activation", 1, "layers[0].activation"},
      {"/layers/0/kernel_size", 3, "layers[0].weights[0]"},
      {"/layers/0/kernel_size", Json::array({0}), "layers[0].kernel_size[0]"},
      {"/layers/0/kernel_size", Json::array(), "layers[0].kernel_size"},
      {"/layers/0/dilation", Json::array({0}), "layers[0].dilation[0]"},
      {"/layers/0/dilation", 2.5, "layers[0].dilation"},
      {"/layers/0/dilation", 1000000000, "layers[0].dilation"},
      {"/layers/0/groups", 0, "layers[0].groups"},
      {"/layers/0/groups", 2, "layers[0].groups"},
      {"/layers/0/weights", removed, "layers[0].weights"},
      {"/layers/0/weights", Json::array(), "layers[0].weights"},
      {"/layers/0/weights/0", 1, "layers[0].weights[0]"},
      {"/layers/0/weights/0/1", nullptr, "layers[0].weights[0][1]"},
      {"/layers/0/weights/0/1/0/2", nullptr, "layers[0].weights[0][1][0][2]"},
      {"/layers/0/weights/0/1/0/2", 1e39, "layers[0].weights[0][1][0][2]"},
      {"/layers/0/weights/1", {1, 2, 3}, "layers[0].weights[1]"},
      {"/layers/0/weights/2", {1, 2, 3}, "layers[0].weights"},
      {"/layers/1/shape/2", 5, "layers[1].shape"},
      {"/layers/1/epsilon", removed, "layers[1].epsilon"},
      {"/layers/1/epsilon", "small", "layers[1].epsilon"},
      {"/layers/1/epsilon", -10, "layers[1].weights"},
      {"/layers/1/weights/3/0", -1, "layers[1].weights"},
      {"/layers/1/weights", {{1}, {1}, {1}}, "layers[1].weights"},
      {"/layers/2/weights/0", {1, 2, 3}, "layers[2].weights[0]"},
      {"/layers/2/weights/0/0", {1, 2, 3}, "layers[2].weights[0][0]"},
      {"/layers/3/shape/2", 5000, "layers[3].shape"},
      {"/layers/3/shape/2", 4, "layers[3].weights"},
      {"/layers/3/weights/1", {1, 2}, "layers[3].weights[1]"},
      {"/layers/4/shape/2", 5000, "layers[4].shape"},
      {"/layers/4/shape/2", 4, "layers[4].weights"},
      {"/layers/4/weights/0/2", {1, 2}, "layers[4].weights[0][2]"},
      {"/layers/4/weights/2", Json::array(), "layers[4].weights[2]"},
      {"/layers/4/weights/2", {1, 2, 3}, "layers[4].weights[2]"},
      {"/layers/4/weights/2/1", {1, 2}, "layers[4].weights[2][1]"},
      {"/layers/5/shape/2", 65, "layers[5].weights[0][0]"},
      {"/in_skip", 2, "in_skip"},
      {"/in_skip", "yes", "in_skip"},
      {"/in_skip", 0.5, "in_skip"},
      {"/in_gain", "loud", "in_gain"},
      {"/in_gain", "", "in_gain"},
      {"/in_gain", "12 dB", "in_gain"},
      {"/in_gain", true, "in_gain"},
      {"/out_gain", 1e9, "out_gain"},
  };
  return cases;
}

const std::vector<Case>& guitarml_recurrent_cases() {
  static const std::vector<Case> cases{
      {"/model_data", removed, "model_data"},
      {"/model_data", nullptr, "model_data"},
      {"/model_data/model", "RecNet", "RecNet"},
      {"/model_data/unit_type", "GRU", "state_dict.rec.weight_ih_l0"},
      {"/model_data/unit_type", "RNN", "RNN"},
      {"/model_data/unit_type", 1, "model_data.unit_type"},
      {"/model_data/hidden_size", removed, "model_data.hidden_size"},
      {"/model_data/hidden_size", 0, "model_data.hidden_size"},
      {"/model_data/hidden_size", 4, "state_dict.rec.weight_ih_l0"},
      {"/model_data/hidden_size", 1000000000, "model_data.hidden_size"},
      {"/model_data/num_layers", 0, "model_data.num_layers"},
      {"/model_data/num_layers", 1, "state_dict"},
      {"/model_data/num_layers", 3, "state_dict.rec.weight_ih_l2"},
      {"/model_data/input_size", 2, "state_dict.rec.weight_ih_l0[0]"},
      {"/model_data/input_size", 65, "model_data.input_size"},
      {"/model_data/output_size", 2, "model_data.output_size"},
      {"/model_data/skip", 2, "model_data.skip"},
      {"/model_data/bias_fl", false, "state_dict"},
      {"/model_data/bias_fl", 1, "model_data.bias_fl"},
      {"/state_dict", removed, "state_dict"},
      {"/state_dict", Json::array(), "state_dict"},
      {"/state_dict/rec.weight_ih_l0", removed, "state_dict.rec.weight_ih_l0"},
      {"/state_dict/rec.bias_hh_l1", nullptr, "state_dict.rec.bias_hh_l1"},
      {"/state_dict/rec.bias_hh_l1/0", nullptr, "state_dict.rec.bias_hh_l1[0]"},
      {"/state_dict/rec.weight_hh_l1/3", {1, 2}, "state_dict.rec.weight_hh_l1[3]"},
      {"/state_dict/lin.weight", {1, 2, 3}, "state_dict.lin.weight"},
      {"/state_dict/lin.bias", Json::array(), "state_dict.lin.bias"},
      {"/state_dict/extra", Json::array(), "state_dict"},
  };
  return cases;
}

const std::vector<Case>& torch_cases() {
  static const std::vector<Case> cases{
      {"/a.weight_ih_l0", Json::array(), "a.weight_ih_l0"},
      {"/a.weight_hh_l0", removed, "a.weight_hh_l0"},
      {"/a.weight_hh_l0", Json::array(), "a.weight_hh_l0"},
      {"/a.weight_hh_l0", {{1, 2}, {3, 4}}, "a.weight_hh_l0"},
      {"/a.weight_hh_l0/3", {1, 2}, "a.weight_hh_l0[3]"},
      {"/a.bias_hh_l0", removed, "a.bias_hh_l0"},
      {"/b.bias_hh_l1/0", nullptr, "b.bias_hh_l1[0]"},
      {"/b.weight_ih_l1", removed, "expected the tensors of"},
      {"/c.weight", Json::array(), "c.weight"},
      {"/c.weight/0", {1}, "c.weight[0]"},
      {"/d.weight", {{1, 2, 3, 4}, {1, 2, 3, 4}}, "d.bias"},
      {"/d.bias", Json::array(), "d.bias"},
      {"/e.weight", {{{1, 2}}}, "e.weight"},
      {"/scale", 2, "weight"},
  };
  return cases;
}

void check_file(const Json& good, const std::vector<Case>& cases, Random& random) {
  REQUIRE(refusal(good.dump(), "bad.json").empty());
  check_cases(cases, "bad.json", [&](const Case& change) {
    Json file = good;
    apply(file, change);
    return file.dump();
  });
  check_every_value(good, "bad.json", [](const Json& file) { return file.dump(); });
  check_truncations(good.dump(), "cut.json");
  check_noise(good.dump(), "noisy.json", random);
}

}  // namespace

TEST_CASE("every broken field of a Keras file is named") {
  Random random(1);
  check_file(good_keras(random), keras_cases(), random);
}

TEST_CASE("every broken field of a recurrent GuitarML file is named") {
  Random random(2);
  check_file(random_guitarml_recurrent(random, 1, 3, 2, true), guitarml_recurrent_cases(), random);
}

TEST_CASE("every broken field of a bare state dict is named") {
  Random random(3);
  check_file(Json::parse(random_torch_dict(random, 1, 3, "GRU", {"a.", "b.", "c.", "d."}).dump()), torch_cases(),
             random);
}
