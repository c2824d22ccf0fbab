// What atrous.h hands out as values that free themselves, and its errors as exceptions.
#pragma once

#include <memory>
#include <stdexcept>

#include <atrous/atrous.h>

namespace plugin {

struct Free {
  void operator()(atrous_model* model) const noexcept { atrous_model_free(model); }
  void operator()(atrous_network* network) const noexcept { atrous_network_free(network); }
  void operator()(atrous_effect* effect) const noexcept { atrous_effect_free(effect); }
  void operator()(atrous_sound* sound) const noexcept { atrous_sound_free(sound); }
};

template <class T>
using Handle = std::unique_ptr<T, Free>;

// A file that cannot be used, with one line for its user.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a function of atrous.h creates; throws Refusal with the engine's message where it fails.
template <class T, class Create, class... Arguments>
Handle<T> make(Create create, Arguments... arguments) {
  T* made = nullptr;
  if (create(arguments..., &made) != ATROUS_OK) throw Refusal(atrous_error_message());
  return Handle<T>(made);
}

}  // namespace plugin
