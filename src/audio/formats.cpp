#include "audio/formats.hpp"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string>
#include <vector>

#include <atrous/error.hpp>

namespace atrous {

namespace {

struct Container {
  std::string_view extension;
  int format;
};
constexpr std::array containers{
    Container{"wav", SF_FORMAT_WAV},   Container{"w64", SF_FORMAT_W64}, Container{"aiff", SF_FORMAT_AIFF},
    Container{"aif", SF_FORMAT_AIFF},  Container{"au", SF_FORMAT_AU},   Container{"caf", SF_FORMAT_CAF},
    Container{"flac", SF_FORMAT_FLAC}, Container{"ogg", SF_FORMAT_OGG},
};

struct Subtype {
  SampleFormat samples;
  int format;
  int bits;
  std::string_view name;
};
// 8 bits are unsigned in WAV and W64, signed elsewhere.
constexpr std::array subtypes{
    Subtype{SampleFormat::pcm8, SF_FORMAT_PCM_S8, 8, "pcm8"},
    Subtype{SampleFormat::pcm8, SF_FORMAT_PCM_U8, 8, "pcm8"},
    Subtype{SampleFormat::pcm16, SF_FORMAT_PCM_16, 16, "pcm16"},
    Subtype{SampleFormat::pcm24, SF_FORMAT_PCM_24, 24, "pcm24"},
    Subtype{SampleFormat::pcm32, SF_FORMAT_PCM_32, 32, "pcm32"},
    Subtype{SampleFormat::float32, SF_FORMAT_FLOAT, 0, "float32"},
    Subtype{SampleFormat::float64, SF_FORMAT_DOUBLE, 0, "float64"},
    Subtype{SampleFormat::ulaw, SF_FORMAT_ULAW, 16, "ulaw"},
    Subtype{SampleFormat::alaw, SF_FORMAT_ALAW, 16, "alaw"},
    Subtype{SampleFormat::lossy, SF_FORMAT_VORBIS, 0, "lossy"},
};

const Container* find_container(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = char(std::tolower(static_cast<unsigned char>(c)));
  const auto* const found = std::find_if(containers.begin(), containers.end(), [&](const Container& container) {
    return extension == "." + std::string(container.extension);
  });
  return found == containers.end() ? nullptr : found;
}

const Container& container_of(const std::filesystem::path& path) {
  if (const Container* const container = find_container(path)) return *container;
  std::string known;
  for (const Container& container : containers) known += " ." + std::string(container.extension);
  throw Error(ErrorCode::argument, path.string() + ": expected a sound file's extension (one of" + known +
                                       "), found '" + path.extension().string() + "'");
}

// The format itself, the finer ones from the nearest up, the coarser ones from the nearest down, and lossy coders last.
// What is lossy or companded counts as 16 bits.
std::vector<SampleFormat> by_nearness(SampleFormat wanted) {
  constexpr std::array linear{SampleFormat::pcm8,  SampleFormat::pcm16,   SampleFormat::pcm24,
                              SampleFormat::pcm32, SampleFormat::float32, SampleFormat::float64};
  auto place = std::find(linear.begin(), linear.end(), wanted);
  if (place == linear.end()) place = linear.begin() + 1;
  std::vector<SampleFormat> order{wanted};
  order.insert(order.end(), place, linear.end());
  order.insert(order.end(), std::make_reverse_iterator(place), linear.rend());
  order.push_back(SampleFormat::lossy);
  return order;
}

bool possible(int format, int channels, int sample_rate) {
  SF_INFO info{};
  info.format = format, info.channels = channels, info.samplerate = sample_rate;
  return sf_format_check(&info) != 0;
}

}  // namespace

std::string_view sample_format_name(SampleFormat format) noexcept {
  for (const Subtype& subtype : subtypes) {
    if (subtype.samples == format) return subtype.name;
  }
  return "unknown";
}

namespace audio {

int integer_bits(SampleFormat format) noexcept {
  for (const Subtype& subtype : subtypes) {
    if (subtype.samples == format) return subtype.bits;
  }
  return 0;
}

int stored_bytes(SampleFormat format) noexcept {
  if (format == SampleFormat::float64) return 8;
  const int bits = integer_bits(format);
  return bits > 0 ? bits / 8 : 4;
}

SampleFormat samples_of(int format) {
  for (const Subtype& subtype : subtypes) {
    if (subtype.format == (format & SF_FORMAT_SUBMASK)) return subtype.samples;
  }
  return SampleFormat::lossy;
}

std::string_view container_name(const std::filesystem::path& path) {
  const Container* const container = find_container(path);
  return container == nullptr ? std::string_view() : container->extension;
}

AudioFormat format_of(int format) {
  const int type = format & SF_FORMAT_TYPEMASK;
  AudioFormat result{.container = type == SF_FORMAT_WAVEX || type == SF_FORMAT_RF64 ? "wav" : "other",
                     .samples = samples_of(format)};
  for (const Container& container : containers) {
    if (container.format != type) continue;
    result.container = container.extension;
    break;
  }
  return result;
}

int sndfile_format(const std::filesystem::path& path, SampleFormat samples, int channels, int sample_rate) {
  const Container& container = container_of(path);
  for (const SampleFormat candidate : by_nearness(samples)) {
    for (const Subtype& subtype : subtypes) {
      const int format = container.format | subtype.format;
      if (subtype.samples == candidate && possible(format, channels, sample_rate)) return format;
    }
  }
  throw Error(ErrorCode::unsupported, path.string() + ": a ." + std::string(container.extension) +
                                          " file cannot hold " + std::to_string(channels) + " channels at " +
                                          std::to_string(sample_rate) + " Hz");
}

}  // namespace audio

}  // namespace atrous
