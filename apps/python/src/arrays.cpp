#include "arrays.hpp"

#include <algorithm>
#include <cmath>

namespace python {
namespace {

constexpr std::size_t most_channels = 256;  // of files, and so of anything

std::string found(const py::array& array) {
  return "; found " + shape_text(array);
}

}  // namespace

std::string shape_text(const py::array& array) {
  return py::str(py::tuple(array.attr("shape")));
}

Array as_floats(py::handle object, const std::string& name) {
  const std::string wanted = name + ": expected a NumPy array of float32 or float64; found ";
  if (!py::isinstance<py::array>(object)) throw py::type_error(wanted + std::string(py::str(py::type::of(object))));
  const py::dtype type = py::reinterpret_borrow<py::array>(object).dtype();
  const bool known = type.kind() == 'f' && (type.itemsize() == 4 || type.itemsize() == 8);
  if (!known) throw py::type_error(wanted + "an array of " + std::string(py::str(py::handle(type))));
  Array array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(object);
  if (!array) throw py::error_already_set();
  return array;
}

Array as_samples(py::handle object, const std::string& name) {
  Array array = as_floats(object, name);
  if (array.ndim() != 1) throw py::value_error(name + ": expected the shape (samples,)" + found(array));
  return array;
}

Array as_features(py::handle object, const std::string& name, std::size_t bins) {
  Array array = as_floats(object, name);
  if (array.ndim() != 2 || std::size_t(array.shape(1)) != bins) {
    throw py::value_error(name + ": expected the shape (frames, " + std::to_string(bins) + ")" + found(array));
  }
  const std::span<const float> values = values_of(array);
  const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
  if (bad != values.end()) {
    const auto index = std::size_t(bad - values.begin());
    throw py::value_error(name + ": expected finite values; found " + std::to_string(*bad) + " at [" +
                          std::to_string(index / bins) + ", " + std::to_string(index % bins) + "]");
  }
  return array;
}

Sound as_sound(py::handle object, const std::string& name) {
  Array array = as_floats(object, name);
  const bool flat = array.ndim() == 1;
  const bool deep = array.ndim() == 2 && array.shape(0) >= 1 && std::size_t(array.shape(0)) <= most_channels;
  if (!flat && !deep) {
    throw py::value_error(name + ": expected the shape (frames,) or (channels, frames), of at most " +
                          std::to_string(most_channels) + " channels" + found(array));
  }
  const std::size_t channels = flat ? 1 : std::size_t(array.shape(0));
  const auto frames = std::size_t(array.shape(array.ndim() - 1));
  return {std::move(array), channels, frames};
}

std::vector<float> interleaved(const Sound& sound, std::size_t start, std::size_t count) {
  std::vector<float> samples(count * sound.channels);
  for (std::size_t channel = 0; channel < sound.channels; ++channel) {
    const std::span<const float> from = sound.channel(channel).subspan(start, count);
    for (std::size_t t = 0; t < count; ++t) samples[t * sound.channels + channel] = from[t];
  }
  return samples;
}

Array planar(std::span<const float> samples, std::size_t channels, bool flat) {
  const std::size_t frames = samples.size() / channels;
  Array array = flat ? Array(py::ssize_t(frames)) : Array({py::ssize_t(channels), py::ssize_t(frames)});
  float* out = array.mutable_data();
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (std::size_t t = 0; t < frames; ++t) *out++ = samples[t * channels + channel];
  }
  return array;
}

Array matrix(std::span<const float> values, std::size_t rows, std::size_t columns) {
  Array array({py::ssize_t(rows), py::ssize_t(columns)});
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

Array vector(std::span<const float> values) {
  Array array{py::ssize_t(values.size())};
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

}  // namespace python
