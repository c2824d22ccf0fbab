#include "sink.hpp"

#include "files.hpp"
#include "sound.hpp"

namespace cli {

Sink::Sink(const std::filesystem::path& path, double sample_rate, int channels, const atrous::AudioFormat& format)
    : writer_(path, sample_rate, channels, format) {}

void Sink::append(std::span<const float> interleaved) {
  clipped_ += count_clipped(interleaved);
  write_or_fail([&] { writer_.append(interleaved); });
}

void Sink::finish() {
  write_or_fail([&] { writer_.commit(); });
}

}  // namespace cli
