// A WAV as a filter: its samples are an impulse response. "RIFF", a size, "WAVE", then chunks of a name, a size and,
// padded to an even number of bytes, their content: "fmt " with the format, "data" with the samples.
// Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft 1991).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include <atrous/model.hpp>

#include "model/formats/chain.hpp"
#include "model/formats/formats.hpp"
#include "model/limits.hpp"
#include "model/text.hpp"

namespace atrous::model {

namespace {

std::uint64_t number(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

// What stands in the chunk of that name, as far as the file goes; empty where there is none.
Bytes find_chunk(Bytes file, std::string_view name) {
  constexpr std::size_t header = 8;
  for (std::size_t at = 12; at + header <= file.size();) {
    const std::uint64_t size = number(file, at + 4, 4);
    const std::size_t there = std::min<std::uint64_t>(size, file.size() - at - header);
    if (as_text(file).substr(at, 4) == name) return file.subspan(at + header, there);
    at += header + there + there % 2;
  }
  return {};
}

enum class Coding { whole = 1, real = 3, extensible = 0xfffe };

struct WavFormat {
  Coding coding = Coding::whole;
  std::size_t channels = 1, bytes = 2;  // of a sample
  double sample_rate = 48000;
};

WavFormat read_wav_format(Bytes chunk, const std::string& name) {
  const auto refuse = [&](const std::string& problem) { fail(ErrorCode::unsupported, name, "fmt ", problem); };
  if (chunk.size() < 16) fail(ErrorCode::format, name, "fmt ", "missing, or cut off");
  WavFormat format;
  format.coding = static_cast<Coding>(number(chunk, 0, 2));
  if (format.coding == Coding::extensible && chunk.size() >= 26)
    format.coding = static_cast<Coding>(number(chunk, 24, 2));
  format.channels = number(chunk, 2, 2);
  format.sample_rate = double(number(chunk, 4, 4));
  format.bytes = number(chunk, 14, 2) / 8;
  const bool whole = format.coding == Coding::whole && format.bytes >= 1 && format.bytes <= 4;
  const bool real = format.coding == Coding::real && (format.bytes == 4 || format.bytes == 8);
  if (!whole && !real) refuse("expected samples of 8 to 32 bits, or floats");
  if (format.channels < 1) refuse("expected at least one channel");
  return format;
}

float read_sample(Bytes bytes, std::size_t at, const WavFormat& format) {
  const std::uint64_t bits = number(bytes, at, format.bytes);
  if (format.coding == Coding::real) {
    return format.bytes == 4 ? std::bit_cast<float>(std::uint32_t(bits)) : float(std::bit_cast<double>(bits));
  }
  if (format.bytes == 1) return float(int(bits) - 128) / 128;
  const auto value = std::int32_t(std::uint32_t(bits) << (8 * (4 - format.bytes)));
  return float(std::ldexp(double(value), -31));
}

}  // namespace

bool sniff_wav(Bytes bytes) {
  return bytes.size() >= 12 && as_text(bytes).starts_with("RIFF") && as_text(bytes).substr(8, 4) == "WAVE";
}

ModelData read_wav(Bytes bytes, const std::string& name) {
  const WavFormat format = read_wav_format(find_chunk(bytes, "fmt "), name);
  const Bytes data = find_chunk(bytes, "data");
  const std::size_t frame = format.channels * format.bytes;
  const std::size_t count = data.size() / frame;
  if (count < 1 || count > max_fir_taps) {
    fail(ErrorCode::invalid, name, "data",
         "an impulse response: expected 1 to " + std::to_string(max_fir_taps) + " frames, found " +
             std::to_string(count));
  }
  std::vector<float> taps(count);
  for (std::size_t t = 0; t < count; ++t) taps[t] = read_sample(data, t * frame, format);
  ModelData model = filter_of(taps, format.sample_rate, name);
  if (format.channels > 1) {
    model.warnings.push_back("the impulse response has " + std::to_string(format.channels) +
                             " channels, of which the first is heard");
  }
  return model;
}

}  // namespace atrous::model
