// NumPy's arrays as the engine takes and gives them: float32, C order. Layouts are never guessed.
#pragma once

#include <pybind11/numpy.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "work.hpp"

namespace python {

using Array = py::array_t<float, py::array::c_style>;

inline std::span<const float> values_of(const Array& array) {
  return {array.data(), std::size_t(array.size())};
}

// "(2, 48000)"
std::string shape_text(const py::array& array);

// An array of float32, or of float64, which is rounded to that. Throws TypeError for anything else; `name` is the
// argument's, in messages.
Array as_floats(py::handle object, const std::string& name);

// The same of the shape (samples,).
Array as_samples(py::handle object, const std::string& name);

// The same of the shape (frames, bins), all finite.
Array as_features(py::handle object, const std::string& name, std::size_t bins);

// Audio of the shape (frames,) or (channels, frames).
struct Sound {
  Array values;
  std::size_t channels, frames;

  std::span<const float> channel(std::size_t index) const { return values_of(values).subspan(index * frames, frames); }
};

// Throws ValueError for other shapes and for more than 256 channels.
Sound as_sound(py::handle object, const std::string& name);

// Audio, interleaved, of the frames from `start` on, `count` of them.
std::vector<float> interleaved(const Sound& sound, std::size_t start, std::size_t count);

// Interleaved audio as (channels, frames), or flat as (frames,).
Array planar(std::span<const float> samples, std::size_t channels, bool flat);

// (rows, columns)
Array matrix(std::span<const float> values, std::size_t rows, std::size_t columns);
Array vector(std::span<const float> values);

}  // namespace python
