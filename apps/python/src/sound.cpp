// Sound in files, and other rates of it.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <string>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "arrays.hpp"
#include "module.hpp"
#include "work.hpp"

namespace python {
namespace {

using atrous::SampleFormat;

constexpr std::size_t piece = 4096;  // frames between two looks at the signals

SampleFormat format_from_name(const std::string& name) {
  std::string known;
  for (int format = 0; format <= int(SampleFormat::lossy); ++format) {
    if (name == sample_format_name(SampleFormat(format))) return SampleFormat(format);
    known += (known.empty() ? "" : ", ") + std::string(sample_format_name(SampleFormat(format)));
  }
  throw py::value_error("samples: expected one of " + known + "; found " + name);
}

py::tuple read_audio(const std::filesystem::path& path) {
  atrous::AudioBuffer sound;
  {
    Released released;
    atrous::AudioReader reader(path);
    sound.sample_rate = reader.sample_rate(), sound.channels = reader.channels();
    std::vector<float> samples(piece * std::size_t(sound.channels));
    for (std::size_t frames = piece; frames == piece;) {
      released.pause();
      frames = reader.read(samples);
      const auto count = std::ptrdiff_t(frames * std::size_t(sound.channels));
      sound.samples.insert(sound.samples.end(), samples.begin(), samples.begin() + count);
    }
  }
  return py::make_tuple(planar(sound.samples, std::size_t(sound.channels), false), sound.sample_rate);
}

void write_audio(const std::filesystem::path& path, const py::object& audio, double sample_rate,
                 const std::string& samples) {
  const Sound sound = as_sound(audio, "audio");
  const atrous::AudioFormat format{.samples = format_from_name(samples)};
  Released released;
  atrous::AudioWriter writer(path, sample_rate, int(sound.channels), format);
  for (std::size_t start = 0; start < sound.frames; start += piece) {
    released.pause();
    writer.append(interleaved(sound, start, std::min(piece, sound.frames - start)));
  }
  writer.commit();
}

Array resample(const py::object& audio, double from, double to) {
  const Sound sound = as_sound(audio, "audio");
  std::vector<float> made;
  {
    Released released;
    atrous::StreamResampler resampler(from, to, int(sound.channels));
    for (std::size_t start = 0; start < sound.frames; start += piece) {
      released.pause();
      resampler.process(interleaved(sound, start, std::min(piece, sound.frames - start)), made);
    }
    resampler.finish(made);
  }
  return planar(made, sound.channels, sound.values.ndim() == 1);
}

}  // namespace

void define_sound(py::module_& module) {
  module.def("read_audio", &read_audio, py::arg("path"),
             "Reads a sound file (WAV, AIFF, FLAC, Ogg, CAF, W64, AU): (audio, sample_rate), audio float32\n"
             "(channels, frames), full scale -1 to 1.");
  module.def(
      "write_audio", &write_audio, py::arg("path"), py::arg("audio"), py::arg("sample_rate"),
      py::arg("samples") = "float32",
      "Writes audio, (frames,) or (channels, frames). The extension decides the container: .wav .w64 .aiff .au\n"
      ".caf .flac .ogg. `samples` is 'pcm8', 'pcm16', 'pcm24', 'pcm32', 'float32', 'float64', 'ulaw', 'alaw' or\n"
      "'lossy'; where the container cannot hold them, the next finer ones are taken, else its finest. The file\n"
      "appears whole or not at all.");
  module.def("resample", &resample, py::arg("audio"), py::arg("from_rate"), py::arg("to_rate"),
             "Audio, (frames,) or (channels, frames), at another rate (Hz), without delay; of the same layout.");
}

}  // namespace python
