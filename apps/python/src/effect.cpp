// Effect: arrays through an effect, block by block.
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <atrous/effect.hpp>
#include <atrous/effect_renderer.hpp>

#include "arrays.hpp"
#include "module.hpp"
#include "work.hpp"

namespace python {
namespace {

using atrous::EffectOptions;
using atrous::Network;

constexpr std::size_t piece = 1024;  // frames between two looks at the signals

atrous::Effect make_effect(const Network& network, const EffectOptions& options) {
  const py::gil_scoped_release release;
  return atrous::Effect(network, options);
}

std::size_t knob_of(const Network& network, const py::handle& knob) {
  const std::vector<atrous::KnobInfo>& knobs = network.info().knobs;
  const bool named = py::isinstance<py::str>(knob);
  const std::optional<std::size_t> index =
      named ? atrous::find_knob(knobs, knob.cast<std::string>()) : std::optional(knob.cast<std::size_t>());
  if (index && *index < knobs.size()) return *index;
  std::string known;
  for (const atrous::KnobInfo& each : knobs) known += (known.empty() ? "one of '" : ", '") + each.name + "'";
  throw py::value_error("knob: expected " + (known.empty() ? "none, as the model has no knobs" : known) + "; found " +
                        std::string(py::repr(knob)));
}

double value_of(const atrous::KnobInfo& knob, const py::handle& value) {
  return atrous::knob_value(knob, std::string(py::str(value)));
}

std::vector<double> default_knobs(const Network& network) {
  std::vector<double> values;
  for (const atrous::KnobInfo& knob : network.info().knobs) values.push_back(knob.default_value);
  return values;
}

// From a dict of some, or a value for each.
std::vector<double> first_knobs(const Network& network, const py::object& knobs) {
  if (knobs.is_none()) return {};
  std::vector<double> values = default_knobs(network);
  if (py::isinstance<py::dict>(knobs)) {
    for (const auto& [knob, value] : knobs.cast<py::dict>()) {
      const std::size_t index = knob_of(network, knob);
      values[index] = value_of(network.info().knobs[index], value);
    }
    return values;
  }
  const auto given = knobs.cast<std::vector<py::object>>();
  if (given.size() != values.size()) {
    throw py::value_error("knobs: expected " + std::to_string(values.size()) + " values; found " +
                          std::to_string(given.size()));
  }
  for (std::size_t i = 0; i < given.size(); ++i) values[i] = value_of(network.info().knobs[i], given[i]);
  return values;
}

// An effect of as many channels as the sound has, where nobody has said how many.
class Effect {
 public:
  Effect(Network network, const EffectOptions& options, bool any_channels)
      : network_(std::move(network)),
        options_(options),
        any_channels_(any_channels),
        effect_(make_effect(network_, options)) {}

  Array process(const py::object& audio, bool reset) {
    const Turn turn(taken_);
    const Sound sound = as_sound(audio, "audio");
    set_channels(sound, reset);
    Array out(std::vector<py::ssize_t>(sound.values.shape(), sound.values.shape() + sound.values.ndim()));
    float* to = out.mutable_data();
    Released released;
    if (reset) effect_.reset();
    used_ = true;
    std::vector<const float*> from_rows(sound.channels);
    std::vector<float*> to_rows(sound.channels);
    for (std::size_t start = 0; start < sound.frames; start += piece) {
      released.pause();
      for (std::size_t channel = 0; channel < sound.channels; ++channel) {
        from_rows[channel] = sound.channel(channel).data() + start;
        to_rows[channel] = to + channel * sound.frames + start;
      }
      effect_.process(from_rows, to_rows, std::min(piece, sound.frames - start));
    }
    return out;
  }

  Array render(const py::object& audio) {
    const Sound sound = as_sound(audio, "audio");
    check_channels(sound);
    EffectOptions options = options_;
    options.channels = int(sound.channels);
    const std::optional<double> size = size_;
    std::vector<float> made;
    {
      Released released;
      atrous::EffectRenderer renderer(at_size(size), options);
      made.reserve(sound.frames * sound.channels);
      for (std::size_t start = 0; start < sound.frames; start += piece) {
        released.pause();
        renderer.process(interleaved(sound, start, std::min(piece, sound.frames - start)), made);
      }
      renderer.finish(made);
    }
    return planar(made, sound.channels, sound.values.ndim() == 1);
  }

  // By number or by name; a position of a switch likewise.
  void set_knob(const py::object& knob, const py::object& value) {
    const Turn turn(taken_);
    const std::size_t index = knob_of(network_, knob);
    const double wanted = value_of(network_.info().knobs[index], value);
    effect_.set_knob(index, wanted);
    if (options_.knobs.empty()) options_.knobs = default_knobs(network_);
    options_.knobs[index] = wanted;
  }

  void set_size(double size) {
    const Turn turn(taken_);
    if (std::isnan(size)) throw py::value_error("size: expected a number from 0 to 1; found nan");
    effect_.set_size(size);
    size_ = std::clamp(size, 0.0, 1.0);
  }

  void reset() {
    const Turn turn(taken_);
    effect_.reset();
    used_ = false;
  }

  const atrous::Effect& effect() const { return effect_; }
  const Network& network() const { return network_; }
  double sample_rate() const { return options_.sample_rate.value_or(network_.info().sample_rate); }

 private:
  // The network whose whole is that size.
  Network at_size(std::optional<double> size) const {
    if (!size || network_.model().size_bounds().empty()) return network_;
    return Network(network_.model().at_size(*size), {.isa = network_.isa(), .precision = network_.precision()});
  }

  void check_channels(const Sound& sound) const {
    const auto wanted = std::size_t(effect_.channels());
    if (any_channels_ || sound.channels == wanted) return;
    throw py::value_error("audio: expected " + std::string(wanted == 1 ? "the shape (frames,) or " : "the shape ") +
                          "(" + std::to_string(wanted) + ", frames), the channels of this effect; found " +
                          shape_text(sound.values));
  }

  void set_channels(const Sound& sound, bool reset) {
    check_channels(sound);
    if (int(sound.channels) == effect_.channels()) return;
    if (!reset && used_) {
      throw py::value_error("audio: expected " + std::to_string(effect_.channels()) +
                            " channels as before, as reset=False goes on; found " + shape_text(sound.values));
    }
    options_.channels = int(sound.channels);
    effect_ = make_effect(network_, options_);
    if (!size_) return;
    effect_.set_size(*size_);
    effect_.reset();
  }

  Network network_;
  EffectOptions options_;
  bool any_channels_;
  atrous::Effect effect_;
  std::optional<double> size_{};
  bool used_ = false;  // since the last reset
  std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
};

std::unique_ptr<Effect> make(const py::object& model, std::optional<double> sample_rate, std::optional<int> channels,
                             double input_gain, double output_gain, std::size_t max_block, bool rest, float ceiling,
                             const py::object& knobs, double knob_ramp, int oversample,
                             const std::string& oversample_phase) {
  Network network = as_network(model);
  const int inputs = network.info().inputs;
  const EffectOptions options{.sample_rate = sample_rate,
                              .max_block = max_block,
                              .channels = channels.value_or(inputs),
                              .input_gain = input_gain,
                              .output_gain = output_gain,
                              .rest = rest,
                              .knobs = first_knobs(network, knobs),
                              .knob_ramp = knob_ramp,
                              .oversample = oversample,
                              .oversample_phase = atrous::filter_phase_from_name(oversample_phase),
                              .ceiling = ceiling};
  return std::make_unique<Effect>(std::move(network), options, !channels && inputs == 1);
}

std::string describe(const Effect& effect) {
  std::ostringstream out;
  out << "<atrous.Effect " << effect.network().info().architecture << ", " << effect.sample_rate() << " Hz, channels "
      << effect.effect().channels() << ", latency " << effect.effect().latency() << ">";
  return out.str();
}

constexpr const char* documentation =
    "A network as an effect: signal in, signal out. `model` is a path, a Model or a Network.\n\n"
    "sample_rate: of the audio, Hz; None: that of the model. Another rate is resampled around the model.\n"
    "channels: of the audio, 1 to 64, each through the model; a model of n inputs takes exactly n. None: as many as\n"
    "the audio has that comes, except for a model of several inputs.\n"
    "input_gain, output_gain: linear factors around the model.\n"
    "max_block: frames that run at one go; the sound is the same with any.\n"
    "rest: a channel that has settled in silence costs next to nothing.\n"
    "ceiling: magnitude beyond which samples are clamped on their way out.\n"
    "knobs: where the model's knobs stand at first: a dict of some of them by name, such as {'gain': 0.5}, or a value\n"
    "for each; switches by name or number. None: where they stand by default.\n"
    "knob_ramp: seconds in which a knob that is turned gets there.\n"
    "oversample: 1, 2, 4 or 8: so many times its rate the model runs at, against aliases.\n"
    "oversample_phase: of its filters: 'linear', 64 samples late, or 'minimum', 3.6 to 4.8 at low frequencies.\n\n"
    "Audio is a NumPy array of shape (frames,), one channel, or (channels, frames), full scale -1 to 1; float64 is\n"
    "rounded to float32. One thread at a time. The interpreter is released while it works, and Ctrl-C ends it.";

constexpr const char* call_documentation =
    "Runs audio, (frames,) or (channels, frames), through the effect: a new float32 array of the same shape. What "
    "comes\n"
    "out is `latency` samples late, where the rate is not the model's. reset=False goes on from the call before, so "
    "that\n"
    "a sound that comes in pieces gives the same bits as the whole. NaN and Inf are read as 0.";

}  // namespace

void define_effect(py::module_& module) {
  py::class_<Effect>(module, "Effect", documentation)
      .def(py::init(&make), py::arg("model"), py::arg("sample_rate") = py::none(), py::kw_only(),
           py::arg("channels") = py::none(), py::arg("input_gain") = 1.0, py::arg("output_gain") = 1.0,
           py::arg("max_block") = EffectOptions().max_block, py::arg("rest") = true,
           py::arg("ceiling") = EffectOptions().ceiling, py::arg("knobs") = py::none(),
           py::arg("knob_ramp") = EffectOptions().knob_ramp, py::arg("oversample") = 1,
           py::arg("oversample_phase") = "linear")
      .def("__call__", &Effect::process, py::arg("audio"), py::arg("reset") = true, call_documentation)
      .def(
          "render", &Effect::render, py::arg("audio"),
          "Runs a whole sound, (frames,) or (channels, frames), through the effect and gives it back in time, without\n"
          "latency, as `atrous process` does, but for the ceiling: another rate is resampled offline. Leaves the state "
          "of\n"
          "calls alone.")
      .def("set_size", &Effect::set_size, py::arg("size"),
           "Changes the size of a model that has several, clipped to 0 to 1, without a click, during the calls that\n"
           "follow with reset=False; at once for those that reset. Of one size, changes nothing.")
      .def("set_knob", &Effect::set_knob, py::arg("knob"), py::arg("value"),
           "Turns a knob, by its number or name, to a value, or a switch to a position by number or name, during the\n"
           "calls that follow with reset=False; at once for those that reset.")
      .def("reset", &Effect::reset, "Back to silence, at the size and with the knobs that were set last.")
      .def_property_readonly("network", &Effect::network, "What runs.")
      .def_property_readonly("sample_rate", &Effect::sample_rate, "Of the audio, Hz.")
      .def_property_readonly(
          "channels", [](const Effect& effect) { return effect.effect().channels(); }, "Of the last audio.")
      .def_property_readonly(
          "latency", [](const Effect& effect) { return effect.effect().latency(); },
          "Samples by which calls are late: 0 at the model's own rate.")
      .def_property_readonly(
          "exact_latency", [](const Effect& effect) { return effect.effect().exact_latency(); },
          "The same in fractions, of which `latency` is the nearest whole number.")
      .def_property_readonly(
          "guarded", [](const Effect& effect) { return effect.effect().guarded(); },
          "Samples that were clamped or silenced on their way out of calls.")
      .def("__repr__", &describe);
}

}  // namespace python
