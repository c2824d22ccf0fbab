// Generator and Bank: sound from seeds and features, whole or in chunks.
#include <pybind11/stl.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "arrays.hpp"
#include "module.hpp"
#include "work.hpp"

namespace python {
namespace {

using atrous::GeneratorOptions;
using atrous::Network;

constexpr std::size_t piece = 256;  // samples between two looks at the signals

// What a voice is asked to make.
struct Voice {
  GeneratorOptions options;
  py::object mel;  // None, or what should be (frames, bins)
  bool padded = false;
  std::optional<std::size_t> samples;
  py::object prime;  // None, or what should be (samples,)
};

// The same, checked against the network.
struct Task {
  GeneratorOptions options;
  std::optional<Array> mel{};  // (frames, bins)
  bool padded = false;
  std::optional<Array> prime{};  // (samples,)
  std::size_t samples = 0;       // to make
};

std::optional<Array> features_of(const Voice& voice, const Network& network) {
  const auto& features = network.info().features;
  if (features && voice.mel.is_none()) {
    throw py::value_error("mel: expected the features that this model reads, of the shape (frames, " +
                          std::to_string(features->bins) + "); found None");
  }
  if (features) return as_features(voice.mel, "mel", features->bins);
  if (!voice.mel.is_none()) throw py::value_error("mel: expected None, as this model reads no features");
  return std::nullopt;
}

// The samples to make: what was asked for, by default all that the features give, and never more.
std::size_t length_of(const Voice& voice, const Network& network, const Task& task) {
  const std::size_t frames = task.mel ? std::size_t(task.mel->shape(0)) : 0;
  const auto given = atrous::conditioned_samples(network, frames, task.padded);
  if (!given && !voice.samples) throw py::value_error("samples: expected a length, as features give this model none");
  if (!given) return *voice.samples;
  const std::size_t primed = task.prime ? std::size_t(task.prime->size()) : 0;
  const std::string facts = std::to_string(*given) + " samples";
  if (primed > *given) {
    throw py::value_error("prime: the features give " + facts + "; found " + std::to_string(primed));
  }
  const std::size_t left = *given - primed;
  if (voice.samples && *voice.samples > left) {
    throw py::value_error("samples: the features give " + facts + ", of which prime takes " + std::to_string(primed) +
                          "; found " + std::to_string(*voice.samples));
  }
  return voice.samples.value_or(left);
}

Task check(const Voice& voice, const Network& network) {
  Task task{.options = voice.options, .mel = features_of(voice, network), .padded = voice.padded};
  if (!voice.prime.is_none()) task.prime = as_samples(voice.prime, "prime");
  task.samples = length_of(voice, network, task);
  return task;
}

atrous::Generator start(const Network& network, const Task& task) {
  atrous::Generator generator(network, task.options);
  if (task.mel) {
    generator.append_features(values_of(*task.mel), task.padded);
    generator.finish();
  }
  return generator;
}

// Calls `take` with pieces of a sound.
template <typename Take>
void prime(const Task& task, Released& released, Take take) {
  if (!task.prime) return;
  const std::span<const float> sound = values_of(*task.prime);
  for (std::size_t at = 0; at < sound.size(); at += piece) {
    released.pause();
    take(sound.subspan(at, std::min(piece, sound.size() - at)));
  }
}

void fill(atrous::Generator& generator, std::span<float> out, Released& released) {
  for (std::size_t at = 0; at < out.size(); at += piece) {
    released.pause();
    generator.fill(out.subspan(at, std::min(piece, out.size() - at)));
  }
}

// Whether features come in pieces, which an iterable gives while the sound is made.
bool in_pieces(py::handle mel) {
  return !mel.is_none() && !py::isinstance<py::array>(mel) && py::hasattr(mel, "__iter__");
}

// The sound of a voice as it is made.
class Chunks {
 public:
  Chunks(const Network& network, const Voice& voice, std::size_t chunk) : chunk_(chunk) {
    if (chunk == 0) throw py::value_error("chunk: expected 1 or more; found 0");
    const bool fed = network.info().features && in_pieces(voice.mel);
    if (fed) {
      frames_ = py::iter(voice.mel);
      bins_ = network.info().features->bins;
      padded_ = voice.padded;
    }
    const Task task = fed ? check_fed(voice) : check(voice, network);
    left_ = task.samples;
    {
      const py::gil_scoped_release release;
      generator_.emplace(start(network, task));
    }
    if (task.prime) take(task);
  }

  Array next() {
    const Turn turn(taken_);
    feed(std::min(chunk_, left_));
    const std::size_t count = std::min(chunk_, left_);
    if (count == 0) throw py::stop_iteration();
    Array out{py::ssize_t(count)};
    const std::span<float> samples(out.mutable_data(), count);
    Released released;
    fill(*generator_, samples, released);
    left_ -= count;
    return out;
  }

  // Nobody knows while features are still to come.
  std::optional<std::size_t> left() const { return frames_ && left_ > 0 ? std::nullopt : std::optional(left_); }

 private:
  static Task check_fed(const Voice& voice) {
    Task task{.options = voice.options, .samples = voice.samples.value_or(std::numeric_limits<std::size_t>::max())};
    if (!voice.prime.is_none()) task.prime = as_samples(voice.prime, "prime");
    return task;
  }

  void take(const Task& task) {
    const auto primed = std::size_t(task.prime->size());
    feed(primed);
    if (generator_->available() < primed) {
      throw py::value_error("prime: the features give " + std::to_string(generator_->available()) + " samples; found " +
                            std::to_string(primed));
    }
    Released released;
    prime(task, released, [&](std::span<const float> sound) { generator_->prime(sound); });
    if (!frames_) left_ = std::min(left_, generator_->available());
  }

  // Takes features until so many samples can be made, or there are no more.
  void feed(std::size_t samples) {
    while (frames_ && generator_->available() < samples) {
      const auto more = py::reinterpret_steal<py::object>(PyIter_Next(frames_.ptr()));
      if (more) {
        generator_->append_features(values_of(as_features(more, "mel", bins_)), padded_);
        continue;
      }
      if (PyErr_Occurred()) throw py::error_already_set();
      generator_->finish();
      frames_ = {};
      left_ = std::min(left_, generator_->available());
    }
  }

  std::size_t chunk_, left_ = 0;
  py::object frames_{};  // what gives the features, until it ends; null where they are there
  std::size_t bins_ = 0;
  bool padded_ = false;
  std::optional<atrous::Generator> generator_;
  std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
};

void check_generates(const Network& network) {
  if (network.info().generates) return;
  throw atrous::Error(atrous::ErrorCode::argument, "model: is an effect, which needs a sound to work on; use Effect");
}

// A network that generates; every call makes voices anew.
class Generator {
 public:
  explicit Generator(const py::object& model) : network_(as_network(model)) { check_generates(network_); }

  Array generate(const Voice& voice) const {
    const Task task = check(voice, network_);
    Array out{py::ssize_t(task.samples)};
    const std::span<float> samples(out.mutable_data(), task.samples);
    Released released;
    atrous::Generator generator = start(network_, task);
    prime(task, released, [&](std::span<const float> sound) { generator.prime(sound); });
    fill(generator, samples, released);
    return out;
  }

  std::unique_ptr<Chunks> stream(const Voice& voice, std::size_t chunk) const {
    return std::make_unique<Chunks>(network_, voice, chunk);
  }

  const Network& network() const { return network_; }

 private:
  Network network_;
};

// Many voices at once, which share the reads of the weights.
class Bank {
 public:
  Bank(const py::object& model, int threads) : network_(as_network(model)), threads_(threads) {
    check_generates(network_);
    if (threads >= 1 && threads <= atrous::GeneratorBank::most_threads) return;
    throw py::value_error("threads: expected 1 to " + std::to_string(atrous::GeneratorBank::most_threads) + "; found " +
                          std::to_string(threads));
  }

  std::vector<Array> generate(const std::vector<Voice>& voices) const {
    std::vector<Task> tasks;
    std::vector<GeneratorOptions> options;
    std::vector<Array> sounds;
    std::vector<std::span<float>> rest;  // of each voice: what is to be made
    for (const Voice& voice : voices) {
      const Task& task = tasks.emplace_back(check(voice, network_));
      options.push_back(task.options);
      rest.emplace_back(sounds.emplace_back(py::ssize_t(task.samples)).mutable_data(), task.samples);
    }
    Released released;
    atrous::GeneratorBank bank(network_, options, threads_);
    for (std::size_t voice = 0; voice < tasks.size(); ++voice) start(bank, voice, tasks[voice], released);
    fill(bank, rest, released);
    return sounds;
  }

  const Network& network() const { return network_; }
  int threads() const { return threads_; }

 private:
  static void start(atrous::GeneratorBank& bank, std::size_t voice, const Task& task, Released& released) {
    if (task.mel) {
      bank.append_features(voice, values_of(*task.mel), task.padded);
      bank.finish(voice);
    }
    prime(task, released, [&](std::span<const float> sound) { bank.prime(voice, sound); });
  }

  static void fill(atrous::GeneratorBank& bank, std::vector<std::span<float>>& rest, Released& released) {
    std::vector<std::span<float>> pieces(rest.size());
    bool any = true;
    while (any) {
      any = false;
      for (std::size_t voice = 0; voice < rest.size(); ++voice) {
        pieces[voice] = rest[voice].first(std::min(piece, rest[voice].size()));
        rest[voice] = rest[voice].subspan(pieces[voice].size());
        any = any || !pieces[voice].empty();
      }
      released.pause();
      if (any) bank.fill(pieces);
    }
  }

  Network network_;
  int threads_;
};

Voice make_voice(py::object mel, std::uint64_t seed, std::optional<std::size_t> samples, py::object prime,
                 double temperature, bool greedy, int speaker, bool padded, std::uint64_t voice) {
  return {.options = {.seed = seed, .voice = voice, .temperature = temperature, .greedy = greedy, .speaker = speaker},
          .mel = std::move(mel),
          .padded = padded,
          .samples = samples,
          .prime = std::move(prime)};
}

// The arguments of make_voice(), by their names in Python, which `define` gets.
template <typename Define>
void with_voice_arguments(Define define) {
  define(py::arg("mel") = py::none(), py::kw_only(), py::arg("seed") = 0, py::arg("samples") = py::none(),
         py::arg("prime") = py::none(), py::arg("temperature") = 1.0, py::arg("greedy") = false, py::arg("speaker") = 0,
         py::arg("padded") = false, py::arg("voice") = 0);
}

// `function(voice, more...)` as one of what make_voice() takes.
template <typename... More, typename Result, typename... Arguments, typename Function>
auto of_arguments(Result (*)(Arguments...), Function function) {
  return [function](const Generator& self, Arguments... arguments, More... more) {
    return (self.*function)(make_voice(std::move(arguments)...), more...);
  };
}

std::string describe(const char* name, const Network& network) {
  std::ostringstream out;
  out << "<atrous." << name << " " << network.info().architecture << ", " << network.info().sample_rate << " Hz";
  if (const auto& features = network.info().features) out << ", bins " << features->bins << ", hop " << features->hop;
  out << ", " << precision_name(network.precision());
  return out.str();
}

std::string describe(const Voice& voice) {
  std::ostringstream out;
  out << "<atrous.Voice seed " << voice.options.seed << ", voice " << voice.options.voice << ", temperature "
      << voice.options.temperature << (voice.options.greedy ? ", greedy" : "") << ", speaker " << voice.options.speaker
      << (voice.mel.is_none() ? "" : ", with features") << ">";
  return out.str();
}

void define_voice(py::module_& module) {
  py::class_<Voice> type(
      module, "Voice",
      "What a voice is to make: the arguments of Generator.generate, for Bank.generate.\n\n"
      "mel: features, (frames, bins), for a model that reads them; unpadded, or with padded=True with the\n"
      "model's own padding at both ends. float64 is rounded to float32.\n"
      "seed, voice: the random numbers depend on both and the index of the sample alone.\n"
      "samples: to make; None: all that the features give.\n"
      "prime: sound, (samples,) at the model's rate, that the model reads first as if it had made it.\n"
      "temperature: 0 to 100, below 1 tamer, above 1 wilder. greedy: the most likely value at every step.\n"
      "speaker: row of the speaker embedding.");
  with_voice_arguments([&](const auto&... names) { type.def(py::init(&make_voice), names...); });
  type.def("__repr__", [](const Voice& voice) { return describe(voice); });
}

void define_generator(py::module_& module) {
  py::class_<Chunks>(module, "Chunks",
                     "The sound of a voice, chunk by chunk: an iterator of float32 arrays (samples,).")
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &Chunks::next)
      .def_property_readonly("left", &Chunks::left,
                             "Samples that are still to come; None while features are still to come.")
      .def("__repr__", [](const Chunks& chunks) {
        const std::optional<std::size_t> left = chunks.left();
        return "<atrous.Chunks " + (left ? std::to_string(*left) + " samples" : std::string("features")) + " to come>";
      });
  py::class_<Generator> type(
      module, "Generator",
      "A network that generates sound. `model` is a path, a Model or a Network. Every call makes a\n"
      "voice anew, so that any threads may share one.");
  with_voice_arguments([&](const auto&... names) {
    type.def(
        "generate", of_arguments(&make_voice, &Generator::generate), names...,
        "Makes a sound: float32 (samples,), -1 to 1, at the model's rate. Arguments as of Voice. The interpreter is\n"
        "released while it works, and Ctrl-C ends it.");
    type.def(
        "stream", of_arguments<std::size_t>(&make_voice, &Generator::stream), names..., py::arg("chunk") = 1024,
        "The same sound while it is made: an iterator of arrays of `chunk` samples, the last shorter. `mel` may also\n"
        "be an iterable of arrays (frames, bins), which is asked for more when they are needed: so features may come\n"
        "as the sound does, which ends with them, or after `samples`.");
  });
  type.def(py::init<py::object>(), py::arg("model"))
      .def_property_readonly("network", &Generator::network, "What runs.")
      .def_property_readonly(
          "sample_rate", [](const Generator& self) { return self.network().info().sample_rate; }, "Hz.")
      .def("__repr__", [](const Generator& self) { return describe("Generator", self.network()) + ">"; });
}

void define_bank(py::module_& module) {
  py::class_<Bank>(
      module, "Bank",
      "Many voices of one network at once, each to the same bits as a Generator (in f32), but sharing every\n"
      "read of the weights: sixteen cost far less than sixteen generators do. `threads` (1 to 256) share\n"
      "the work.")
      .def(py::init<py::object, int>(), py::arg("model"), py::kw_only(), py::arg("threads") = 1)
      .def("generate", &Bank::generate, py::arg("voices"),
           "Makes the sounds of 1 to 256 voices: a list of float32 (samples,), in their order.")
      .def_property_readonly("network", &Bank::network, "What runs.")
      .def_property_readonly("threads", &Bank::threads, "That share the work.")
      .def_property_readonly(
          "sample_rate", [](const Bank& self) { return self.network().info().sample_rate; }, "Hz.")
      .def("__repr__", [](const Bank& self) {
        return describe("Bank", self.network()) + ", threads " + std::to_string(self.threads()) + ">";
      });
}

}  // namespace

void define_generators(py::module_& module) {
  define_voice(module);
  define_generator(module);
  define_bank(module);
}

}  // namespace python
