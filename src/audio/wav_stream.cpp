#include "audio/wav_stream.hpp"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "audio/formats.hpp"

namespace atrous::audio {

namespace {

constexpr std::size_t max_head = 1 << 20;            // bytes before the samples; tags with pictures may be longer
constexpr std::uint64_t unknown_bytes = 0x7FFF0000;  // writers that cannot know a size give one from here on, or 0
constexpr std::size_t format_bytes = 16, extensible_bytes = 40;
constexpr unsigned wave_pcm = 1, wave_float = 3, wave_alaw = 6, wave_ulaw = 7, wave_extensible = 0xFFFE;

struct Kind {
  unsigned tag, bits;
  int subtype;
};
constexpr std::array kinds{
    Kind{wave_pcm, 8, SF_FORMAT_PCM_U8},  Kind{wave_pcm, 16, SF_FORMAT_PCM_16},  Kind{wave_pcm, 24, SF_FORMAT_PCM_24},
    Kind{wave_pcm, 32, SF_FORMAT_PCM_32}, Kind{wave_float, 32, SF_FORMAT_FLOAT}, Kind{wave_float, 64, SF_FORMAT_DOUBLE},
    Kind{wave_alaw, 8, SF_FORMAT_ALAW},   Kind{wave_ulaw, 8, SF_FORMAT_ULAW},
};

// What has passed of a stream, and the numbers in it.
class Head {
 public:
  Head(model::Input& input, std::vector<std::byte>& bytes) : input_(input), bytes_(bytes) {}

  // Whether the stream has `count` more bytes; they follow bytes()[at()].
  bool take(std::size_t count) {
    at_ = bytes_.size();
    if (count > max_head - std::min(max_head, at_)) return false;
    bytes_.resize(at_ + count);
    const std::size_t found = input_.read(std::span(bytes_).subspan(at_));
    bytes_.resize(at_ + found);
    return found == count;
  }

  // Of what was taken last.
  bool is(std::size_t offset, std::string_view name) const {
    return std::equal(name.begin(), name.end(), bytes_.begin() + std::ptrdiff_t(at_ + offset),
                      [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
  }
  std::uint32_t number(std::size_t offset, int size) const {
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i) {
      const int place = big_endian_ ? size - 1 - i : i;
      value |= std::to_integer<std::uint32_t>(bytes_[at_ + offset + std::size_t(i)]) << (8 * place);
    }
    return value;
  }
  void set_big_endian(bool big_endian) { big_endian_ = big_endian; }
  bool big_endian() const { return big_endian_; }

 private:
  model::Input& input_;
  std::vector<std::byte>& bytes_;
  std::size_t at_ = 0;
  bool big_endian_ = false;
};

// The chunk "fmt ", taken last. Nothing where the samples are coded, or its numbers do not fit each other.
std::optional<WavHeader> parse_format(const Head& head, std::size_t size) {
  if (size < format_bytes) return std::nullopt;
  unsigned tag = head.number(0, 2);
  if (tag == wave_extensible && size >= extensible_bytes) tag = head.number(24, 2);  // where its GUID begins
  const unsigned channels = head.number(2, 2), rate = head.number(4, 4), block = head.number(12, 2);
  const unsigned bits = head.number(14, 2);
  const auto* const kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.tag == tag && k.bits == bits; });
  if (kind == kinds.end() || channels == 0 || rate == 0 || rate > 0x7FFFFFFF || block != channels * bits / 8) {
    return std::nullopt;
  }
  const int endian = head.big_endian() ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE;
  return WavHeader{.sndfile_format = SF_FORMAT_RAW | kind->subtype | endian,
                   .channels = int(channels),
                   .sample_rate = int(rate),
                   .frames = std::nullopt};
}

}  // namespace

std::optional<WavHeader> read_wav_header(model::Input& input, std::vector<std::byte>& bytes) {
  Head head(input, bytes);
  if (!head.take(12) || !head.is(8, "WAVE")) return std::nullopt;
  head.set_big_endian(head.is(0, "RIFX"));
  if (!head.big_endian() && !head.is(0, "RIFF") && !head.is(0, "RF64")) return std::nullopt;
  std::optional<WavHeader> header;
  unsigned frame_bytes = 0;
  while (head.take(8)) {
    const std::uint64_t size = head.number(4, 4);
    if (head.is(0, "data")) {
      if (header && size != 0 && size < unknown_bytes) header->frames = size / frame_bytes;
      return header;
    }
    const bool format = head.is(0, "fmt ");
    if (!head.take(std::size_t(size + size % 2))) return std::nullopt;
    if (!format) continue;
    header = parse_format(head, std::size_t(size));
    if (!header) return std::nullopt;
    frame_bytes = head.number(12, 2);
  }
  return std::nullopt;
}

std::vector<std::byte> wav_header(SampleFormat samples, int channels, int sample_rate) {
  const auto sample_bytes = std::uint32_t(stored_bytes(samples)), frame_bytes = sample_bytes * std::uint32_t(channels);
  std::vector<std::byte> bytes;
  const auto text = [&](std::string_view name) {
    for (const char c : name) bytes.push_back(static_cast<std::byte>(c));
  };
  const auto number = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  text("RIFF"), number(0xFFFFFFFF, 4), text("WAVE");
  text("fmt "), number(format_bytes, 4);
  number(integer_bits(samples) > 0 ? wave_pcm : wave_float, 2), number(std::uint32_t(channels), 2);
  number(std::uint32_t(sample_rate), 4), number(frame_bytes * std::uint32_t(sample_rate), 4);
  number(frame_bytes, 2), number(8 * sample_bytes, 2);
  text("data"), number(0xFFFFFFFF, 4);
  return bytes;
}

}  // namespace atrous::audio
