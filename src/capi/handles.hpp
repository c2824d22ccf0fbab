// What the handles of the C API hold: each a value of the C++ API.
#pragma once

#include <string>
#include <vector>

#include <atrous/atrous.h>
#include <atrous/audio.hpp>
#include <atrous/effect.hpp>
#include <atrous/features.hpp>
#include <atrous/generator.hpp>
#include <atrous/model.hpp>
#include <atrous/network.hpp>

struct atrous_model {
  atrous::Model value;
};

struct atrous_network {
  atrous::Network value;
};

struct atrous_effect {
  atrous::Effect value;
};

struct atrous_sound {
  atrous::AudioBuffer value;
};

struct atrous_features {
  atrous::Conditioning value;
};

struct atrous_extractor {
  atrous::FeatureExtractor value;
  bool finished = false;
};

struct atrous_generator {
  atrous::Generator value;
  std::size_t bins;  // of its features; 0: it reads none
};

struct atrous_bank {
  atrous::GeneratorBank value;
  std::size_t bins;
};
