#include "chain/cabinet.hpp"

namespace plugin {

namespace {

Handle<atrous_effect> filter(const std::vector<float>& taps, double sample_rate, int channels) {
  const auto model = make<atrous_model>(atrous_model_from_taps, taps.data(), taps.size(), sample_rate);
  const auto network = make<atrous_network>(atrous_network_create, model.get(), nullptr);
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  options.max_block = max_frames;
  options.channels = channels;
  return make<atrous_effect>(atrous_effect_create, network.get(), &options);
}

}  // namespace

Cabinet::Cabinet(const Impulse& impulse, double sample_rate, int channels) {
  const std::vector<std::vector<float>> taps = impulse.taps(sample_rate, channels);
  const bool alike = channels == 1 || taps[0] == taps[1];
  for (int c = 0; c < (alike ? 1 : channels); ++c) {
    filters_.push_back(filter(taps[std::size_t(c)], sample_rate, alike ? channels : 1));
  }
}

void Cabinet::process(Block& block) noexcept {
  const auto frames = std::size_t(block.frames);
  if (filters_.empty()) {
    for (int c = 0; c < block.channels; ++c) std::fill_n(block.rows[c], block.frames, 0.0f);
  } else if (filters_.size() == 1) {
    atrous_effect_process(filters_[0].get(), block.rows, block.rows, std::size_t(block.channels), frames);
  } else {
    for (std::size_t c = 0; c < filters_.size(); ++c) {
      atrous_effect_process(filters_[c].get(), block.rows + c, block.rows + c, 1, frames);
    }
  }
}

void Cabinet::reset() noexcept {
  for (const auto& filter : filters_) atrous_effect_reset(filter.get());
}

}  // namespace plugin
