#include "model/load.hpp"

#include <array>

#include "model/access.hpp"
#include "model/file.hpp"
#include "model/foreign.hpp"
#include "model/limits.hpp"
#include "model/rate.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace atrous {

namespace model {

namespace {

struct Format {
  ModelFormat says;
  bool (*sniff)(Bytes bytes);
  ModelData (*read)(Bytes bytes, const std::string& name);
};

// The keys that the others are known by may stand in the metadata of a format further down, but not the other way
// round.
constexpr std::array formats{
    Format{{"native", ".safetensors"}, sniff_native, read_native},
    Format{{"keras", ".json or .aidax of RTNeural and AIDA-X"}, sniff_keras, read_keras},
    Format{{"guitarml_recurrent", ".json of GuitarML's LSTMs and GRUs"},
           sniff_guitarml_recurrent,
           read_guitarml_recurrent},
    Format{{"nam", ".nam"}, sniff_nam, read_nam},
    Format{{"guitarml", ".json of WaveNetVA and GuitarML"}, sniff_guitarml, read_guitarml},
    Format{{"torch_recurrent", ".json of PyTorch's LSTMs and GRUs"}, sniff_torch_recurrent, read_torch_recurrent},
    Format{{"wav", ".wav (an impulse response)"}, sniff_wav, read_wav},
};
constexpr auto sayings = [] {
  std::array<ModelFormat, formats.size()> list{};
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = formats[i].says;
  return list;
}();

}  // namespace

ModelData load(Bytes bytes, const std::string& name) {
  if (bytes.size() > max_file_bytes) {
    fail(ErrorCode::format, name, "",
         "expected at most " + std::to_string(max_file_bytes) + " bytes, found " + std::to_string(bytes.size()));
  }
  for (const Format& format : formats) {
    if (!format.sniff(bytes)) continue;
    ModelData data = format.read(bytes, name);
    data.name = name;
    data.format = format.says.name;
    validate(data);
    if (!data.states_sample_rate) data.warnings.push_back(no_rate_warning(data));
    return data;
  }
  fail(ErrorCode::format, name, "", kind_of(as_text(bytes)));
}

}  // namespace model

std::span<const ModelFormat> model_formats() noexcept {
  return model::sayings;
}

Model::Model(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Model Model::load(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = model::read_file(path, model::max_file_bytes);
  return from_memory(bytes, path.string());
}

Model Model::from_memory(std::span<const std::byte> bytes, const std::string& name) {
  return Access::make(model::load(bytes, name));
}

const std::string& Model::format() const noexcept {
  return state_->format;
}
const std::string& Model::architecture() const noexcept {
  return state_->architecture;
}
double Model::sample_rate() const noexcept {
  return state_->config.sample_rate;
}
Precision Model::precision() const noexcept {
  return state_->precision;
}
const Metadata& Model::metadata() const noexcept {
  return state_->metadata;
}
const std::vector<std::string>& Model::warnings() const noexcept {
  return state_->warnings;
}

}  // namespace atrous
