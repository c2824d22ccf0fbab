// Model, Network and what they say about themselves.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <optional>
#include <sstream>
#include <vector>

#include <atrous/network.hpp>

#include "arrays.hpp"
#include "module.hpp"

namespace python {
namespace {

using atrous::HybridDilation;
using atrous::KnobInfo;
using atrous::Model;
using atrous::Network;
using atrous::NetworkInfo;
using atrous::NetworkOptions;

std::string quoted(const std::string& bytes) {
  return py::repr(text(bytes));
}

py::list texts(const std::vector<std::string>& lines) {
  py::list result;
  for (const std::string& line : lines) result.append(text(line));
  return result;
}

Model load(const std::filesystem::path& path) {
  const py::gil_scoped_release release;
  return Model::load(path);
}

// What bytes, a bytearray or any other buffer holds, which stays as it is meanwhile.
class Buffer {
 public:
  explicit Buffer(const py::object& data) {
    if (PyObject_GetBuffer(data.ptr(), &view_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  }
  ~Buffer() { PyBuffer_Release(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(view_.buf), std::size_t(view_.len)};
  }

 private:
  Py_buffer view_{};
};

Model from_bytes(const py::object& data, const std::string& name) {
  const Buffer buffer(data);
  const py::gil_scoped_release release;
  return Model::from_memory(buffer.bytes(), name);
}

Model from_taps(const py::object& taps, double sample_rate) {
  const Array values = as_samples(taps, "taps");
  const py::gil_scoped_release release;
  return Model::from_taps(values_of(values), sample_rate);
}

Network pack(const Model& model, const NetworkOptions& options) {
  const py::gil_scoped_release release;
  return Network(model, options);
}

py::dict metadata(const Model& model) {
  const atrous::Metadata& stated = model.metadata();
  py::dict result;
  result["name"] = text(stated.name);
  result["loudness_db"] = stated.loudness_db;
  result["gain"] = stated.gain;
  result["input_level_dbu"] = stated.input_level_dbu;
  result["output_level_dbu"] = stated.output_level_dbu;
  return result;
}

std::string describe(const Model& model) {
  std::ostringstream out;
  out << "<atrous.Model " << model.architecture() << ", format " << quoted(model.format()) << ", "
      << model.sample_rate() << " Hz>";
  return out.str();
}

std::string describe(const NetworkInfo& info) {
  std::ostringstream out;
  out << "<atrous.NetworkInfo " << info.architecture << ": " << (info.generates ? "generator" : "effect") << ", "
      << info.sample_rate << " Hz, inputs " << info.inputs << ", layers " << info.layers << ", receptive field "
      << info.receptive_field << ", parameters " << info.parameters;
  if (info.features) out << ", bins " << info.features->bins << ", hop " << info.features->hop;
  if (info.speakers > 0) out << ", speakers " << info.speakers;
  if (!info.knobs.empty()) out << ", knobs " << info.knobs.size();
  out << ">";
  return out.str();
}

std::string describe(const Network& network) {
  std::ostringstream out;
  out << "<atrous.Network " << network.info().architecture << ", " << network.info().sample_rate << " Hz, "
      << (network.info().generates ? "generator" : "effect") << ", " << precision_name(network.precision()) << ", "
      << isa_name(network.isa()) << ">";
  return out.str();
}

void define_model(py::module_& module) {
  py::class_<Model>(module, "Model",
                    "What a model file says: plain data, immutable. Model(path) reads every format that\n"
                    "`atrous info --help` lists; the content decides, not the name. Raises Error.")
      .def(py::init(&load), py::arg("path"))
      .def_static("from_bytes", &from_bytes, py::arg("data"), py::arg("name") = "memory",
                  "The same from what a file holds, bytes or any other buffer; `name` stands for its name in messages.")
      .def_static("from_taps", &from_taps, py::arg("taps"), py::arg("sample_rate"),
                  "A filter: an impulse response, (taps,), at sample_rate Hz; as an effect it has no latency.")
      .def("save", &Model::save, py::arg("path"), py::call_guard<py::gil_scoped_release>(),
           "Writes the native format. The file appears whole or not at all.")
      .def("at_size", &Model::at_size, py::arg("size"), py::call_guard<py::gil_scoped_release>(),
           "The model that runs at `size`, 0 to 1, as one that has no other.")
      .def("at_sample_rate", &Model::at_sample_rate, py::arg("sample_rate"), py::call_guard<py::gil_scoped_release>(),
           "The same model, taken to be of another sample rate (Hz) than its file states. Nothing is resampled.")
      .def_property_readonly(
          "info", [](const Model& model) { return pack(model, {}).info(); },
          "NetworkInfo of the full size. Packs the model to know: where that is asked for often, keep it.")
      .def_property_readonly(
          "format", [](const Model& model) { return text(model.format()); }, "Of its file: 'native', 'nam' or another.")
      .def_property_readonly(
          "architecture", [](const Model& model) { return text(model.architecture()); },
          "'WaveNet', 'ConvNet', 'LSTM', 'GRU' or 'Linear'.")
      .def_property_readonly("sample_rate", &Model::sample_rate,
                             "Hz; where the file states none, what its format is known for.")
      .def_property_readonly(
          "precision", [](const Model& model) { return text(precision_name(model.precision())); },
          "Of the weights in the file: 'f32', 'bf16' or 'int8'.")
      .def_property_readonly(
          "metadata", &metadata,
          "What the file states about itself: a dict of name, loudness_db, gain, input_level_dbu and "
          "output_level_dbu, None where it is silent.")
      .def_property_readonly(
          "warnings", [](const Model& model) { return texts(model.warnings()); },
          "Things worth telling the user that do not stop the model from running.")
      .def_property_readonly("size_bounds", &Model::size_bounds,
                             "Where one size ends and the next begins, ascending in 0 to 1; empty for a model of one.")
      .def("__repr__", [](const Model& model) { return describe(model); });
}

void define_knob(py::module_& module) {
  py::class_<KnobInfo>(module, "Knob", "A control that a model was trained with; read-only.")
      .def_property_readonly(
          "name", [](const KnobInfo& knob) { return text(knob.name); },
          "As its file has it, or 'PARAM1' and the like where the file names none.")
      .def_readonly("min", &KnobInfo::min, "Of its range.")
      .def_readonly("max", &KnobInfo::max, "Of its range.")
      .def_readonly("default", &KnobInfo::default_value, "Where it stands unless it is set.")
      .def_property_readonly(
          "positions", [](const KnobInfo& knob) { return texts(knob.positions); },
          "The names of a switch's positions; empty: a knob without steps.")
      .def("__repr__", [](const KnobInfo& knob) {
        std::ostringstream out;
        out << "<atrous.Knob " << knob.name << ", " << knob.min << " to " << knob.max << ", " << knob.default_value
            << ">";
        return out.str();
      });
}

void define_stack(py::module_& module) {
  py::class_<HybridDilation>(
      module, "HybridDilation",
      "The dilation rates of a stack by the criterion of hybrid dilated convolution (arXiv:1702.08502); read-only.")
      .def_readonly("rates", &HybridDilation::rates, "Dilations of the layers with several taps.")
      .def_readonly("kernel", &HybridDilation::kernel, "Taps: the smallest kernel of these layers.")
      .def_readonly("distance", &HybridDilation::distance, "M_2; None where fewer than two layers dilate.")
      .def_readonly("holds", &HybridDilation::holds, "Whether `distance` is at most `kernel`.")
      .def("__repr__", [](const HybridDilation& stack) {
        std::ostringstream out;
        out << "<atrous.HybridDilation, " << stack.rates.size() << " rates, kernel " << stack.kernel << ", "
            << (stack.holds ? "holds" : "does not hold") << ">";
        return out.str();
      });
}

void define_info(py::module_& module) {
  py::class_<NetworkInfo>(module, "NetworkInfo", "Facts about a network; read-only.")
      .def_property_readonly(
          "architecture", [](const NetworkInfo& info) { return text(info.architecture); },
          "'WaveNet', 'ConvNet', 'LSTM', 'GRU' or 'Linear'.")
      .def_readonly("sample_rate", &NetworkInfo::sample_rate, "Hz.")
      .def_readonly("inputs", &NetworkInfo::inputs, "Audio channels in, without knobs; 1 for a generator.")
      .def_readonly("outputs", &NetworkInfo::outputs, "Rows of the output: channels, or parameters of a distribution.")
      .def_readonly("layers", &NetworkInfo::layers, "Of the stacks; where there are none, of the whole.")
      .def_readonly("dilations", &NetworkInfo::dilations,
                    "One per layer: that of its convolution, or the first of its branches.")
      .def_readonly("branches", &NetworkInfo::branches, "Of each layer, the dilations of its further branches.")
      .def_readonly("receptive_field", &NetworkInfo::receptive_field,
                    "Samples; where `recurrent`, of the convolutions alone.")
      .def_readonly("recurrent", &NetworkInfo::recurrent, "Whether it has LSTM or GRU cells, which read without end.")
      .def_readonly("parameters", &NetworkInfo::parameters, "Weights and biases.")
      .def_readonly("macs_per_sample", &NetworkInfo::macs_per_sample, "Multiply-accumulates of the graph.")
      .def_readonly("weight_bytes", &NetworkInfo::weight_bytes, "Bytes of weights read per sample of one voice.")
      .def_readonly("generates", &NetworkInfo::generates, "Whether it is a generator; otherwise an effect.")
      .def_property_readonly(
          "bins",
          [](const NetworkInfo& info) { return info.features ? std::optional(info.features->bins) : std::nullopt; },
          "Values of a frame of features; None where it reads none.")
      .def_property_readonly(
          "hop",
          [](const NetworkInfo& info) { return info.features ? std::optional(info.features->hop) : std::nullopt; },
          "Samples of sound per frame of features; None where it reads none.")
      .def_readonly("speakers", &NetworkInfo::speakers, "Entries of the speaker embedding.")
      .def_readonly("knobs", &NetworkInfo::knobs, "Of an effect, a list of Knob: Effect.set_knob turns them.")
      .def_readonly("stacks", &NetworkInfo::stacks,
                    "Of each stack, a list of HybridDilation; without stacks, of the whole, where two layers dilate.")
      .def_property_readonly(
          "warnings", [](const NetworkInfo& info) { return texts(info.warnings); }, "Of the model, and of packing it.")
      .def("__repr__", [](const NetworkInfo& info) { return describe(info); });
}

Network make_network(const py::object& model, const std::string& isa, const std::optional<std::string>& precision,
                     std::optional<double> size, bool all_sizes) {
  NetworkOptions options{.isa = atrous::isa_from_name(isa), .size = size, .all_sizes = all_sizes};
  if (precision) options.precision = atrous::precision_from_name(*precision);
  return pack(as_model(model), options);
}

void define_network(py::module_& module) {
  py::class_<Network>(
      module, "Network",
      "A model validated and packed, immutable: any number of effects and generators share one, on any\n"
      "threads. `model` is a path or a Model.\n\n"
      "isa: 'automatic', or an instruction set that this machine has ('reference', 'sse2', 'avx2',\n"
      "'avx512', 'avx512vnni', 'neon').\n"
      "precision: of a generator's weights, 'f32', 'bf16' or 'int8'; None: that of the model.\n"
      "size: of a model with several, 0 to 1; None: the full one.\n"
      "all_sizes: packs the others beside it, for Effect.set_size.")
      .def(py::init(&make_network), py::arg("model"), py::kw_only(), py::arg("isa") = "automatic",
           py::arg("precision") = py::none(), py::arg("size") = py::none(), py::arg("all_sizes") = false)
      .def_property_readonly(
          "info", [](const Network& network) { return network.info(); }, "NetworkInfo of the size that runs.")
      .def_property_readonly(
          "model", [](const Network& network) { return network.model(); }, "What it was made from.")
      .def_property_readonly(
          "isa", [](const Network& network) { return text(isa_name(network.isa())); },
          "The instruction set that was chosen.")
      .def_property_readonly(
          "precision", [](const Network& network) { return text(precision_name(network.precision())); },
          "Of its weights.")
      .def("__repr__", [](const Network& network) { return describe(network); });
}

}  // namespace

Model as_model(py::handle object) {
  if (py::isinstance<Model>(object)) return object.cast<Model>();
  if (py::isinstance<Network>(object)) return object.cast<const Network&>().model();
  if (!PyUnicode_Check(object.ptr()) && !PyBytes_Check(object.ptr()) && !py::hasattr(object, "__fspath__")) {
    throw py::type_error("model: expected a path, a Model or a Network; found " +
                         std::string(py::str(py::type::of(object))));
  }
  return load(object.cast<std::filesystem::path>());
}

Network as_network(py::handle object) {
  if (py::isinstance<Network>(object)) return object.cast<Network>();
  return pack(as_model(object), {.all_sizes = true});
}

void define_models(py::module_& module) {
  define_knob(module);
  define_stack(module);
  define_info(module);
  define_model(module);
  define_network(module);
}

}  // namespace python
