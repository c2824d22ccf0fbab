// Networks and scores for C.
#include <algorithm>

#include <atrous/score.hpp>

#include "capi/guard.hpp"
#include "capi/handles.hpp"

using namespace atrous::capi;

namespace {

size_t copied(const std::vector<int>& all, int* to, size_t capacity) {
  if (to) std::copy_n(all.begin(), std::min(capacity, all.size()), to);
  return all.size();
}

}  // namespace

atrous_status atrous_network_create(const atrous_model* model, const atrous_network_options* options,
                                    atrous_network** network) {
  return created(network, "network", [&] {
    need(model, "model");
    const atrous_network_options given = options_of(options, ATROUS_NETWORK_OPTIONS, "atrous_network_options");
    atrous::NetworkOptions wanted{.size = given.size, .all_sizes = given.all_sizes != 0};
    if (given.isa) wanted.isa = atrous::isa_from_name(given.isa);
    if (given.precision) wanted.precision = atrous::precision_from_name(given.precision);
    return new atrous_network{atrous::Network(model->value, wanted)};
  });
}

void atrous_network_free(atrous_network* network) {
  delete network;
}

atrous_status atrous_network_get_info(const atrous_network* network, atrous_network_info* info) {
  return guarded([&] {
    need(network, "network");
    const atrous::NetworkInfo& facts = network->value.info();
    const atrous::FeatureInfo features = facts.features.value_or(atrous::FeatureInfo{});
    give(info,
         {.struct_size = sizeof(atrous_network_info),
          .architecture = facts.architecture.c_str(),
          .isa = atrous::isa_name(network->value.isa()).data(),
          .precision = atrous::precision_name(network->value.precision()).data(),
          .sample_rate = facts.sample_rate,
          .receptive_field = facts.receptive_field,
          .covered_lags = facts.gridding.covered_lags,
          .parameters = facts.parameters,
          .macs_per_sample = facts.macs_per_sample,
          .weight_bytes = facts.weight_bytes,
          .feature_bins = features.bins,
          .feature_hop = features.hop,
          .generates = facts.generates,
          .recurrent = facts.recurrent,
          .inputs = facts.inputs,
          .outputs = facts.outputs,
          .layers = facts.layers,
          .speakers = facts.speakers,
          .stacks = int(facts.stacks.size()),
          .hdc_stacks = int(std::count_if(facts.stacks.begin(), facts.stacks.end(),
                                          [](const atrous::HybridDilation& stack) { return stack.holds; }))},
         "atrous_network_info");
  });
}

const char* atrous_network_warning(const atrous_network* network, size_t index) {
  return network ? line(network->value.info().warnings, index) : nullptr;
}

size_t atrous_network_knobs(const atrous_network* network) {
  return network ? network->value.info().knobs.size() : 0;
}

atrous_status atrous_network_get_knob(const atrous_network* network, size_t index, atrous_knob* knob) {
  return guarded([&] {
    need(network, "network");
    const std::vector<atrous::KnobInfo>& knobs = network->value.info().knobs;
    if (index >= knobs.size()) {
      refuse("knob " + std::to_string(index) + ", but the network has " + std::to_string(knobs.size()));
    }
    give(knob,
         {.struct_size = sizeof(atrous_knob),
          .name = knobs[index].name.c_str(),
          .min = knobs[index].min,
          .max = knobs[index].max,
          .default_value = knobs[index].default_value,
          .positions = knobs[index].positions.size()},
         "atrous_knob");
  });
}

const char* atrous_network_knob_position(const atrous_network* network, size_t knob, size_t index) {
  return knob < atrous_network_knobs(network) ? line(network->value.info().knobs[knob].positions, index) : nullptr;
}

size_t atrous_network_find_knob(const atrous_network* network, const char* name) {
  return network && name ? atrous::find_knob(network->value.info().knobs, name).value_or(SIZE_MAX) : SIZE_MAX;
}

size_t atrous_network_dilations(const atrous_network* network, int* dilations, size_t capacity) {
  return network ? copied(network->value.info().dilations, dilations, capacity) : 0;
}

size_t atrous_network_branches(const atrous_network* network, size_t layer, int* dilations, size_t capacity) {
  if (!network || layer >= network->value.info().branches.size()) return 0;
  return copied(network->value.info().branches[layer], dilations, capacity);
}

atrous_status atrous_network_get_stack(const atrous_network* network, size_t index, atrous_stack* stack) {
  return guarded([&] {
    need(network, "network");
    const std::vector<atrous::HybridDilation>& stacks = network->value.info().stacks;
    if (index >= stacks.size()) {
      refuse("stack " + std::to_string(index) + ", but the network has " + std::to_string(stacks.size()));
    }
    give(stack,
         {.struct_size = sizeof(atrous_stack),
          .hdc_distance = stacks[index].distance.value_or(0),
          .kernel = stacks[index].kernel,
          .hdc_holds = stacks[index].holds},
         "atrous_stack");
  });
}

size_t atrous_network_conditioned_samples(const atrous_network* network, size_t frames, int padded) {
  return network ? atrous::conditioned_samples(network->value, frames, padded != 0).value_or(0) : 0;
}

atrous_status atrous_network_score(const atrous_network* network, const float* audio, size_t samples,
                                   const atrous_score_options* options, atrous_score* score) {
  return guarded([&] {
    need(network, "network");
    need(score, "score");
    known_size<atrous_score>(score->struct_size, "atrous_score");  // before the work
    const atrous_score_options given = options_of(options, ATROUS_SCORE_OPTIONS, "atrous_score_options");
    atrous::Scorer scorer(network->value, {.speaker = given.speaker, .front_end = given.features == nullptr});
    if (given.features) {
      const atrous::Conditioning& features = given.features->value;
      scorer.append_features(features.features.values, features.padded);
    }
    scorer.append(span_of(audio, samples, "audio"));
    const atrous::Score result = scorer.finish();
    give(score,
         {.struct_size = sizeof(atrous_score),
          .steps = result.steps,
          .nll_nats = result.nll_nats,
          .nll_nats_after_receptive_field = result.nll_nats_after_receptive_field},
         "atrous_score");
  });
}
