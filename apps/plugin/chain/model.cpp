#include "chain/model.hpp"

#include <cmath>

namespace plugin {

namespace {

std::optional<double> stated(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

}  // namespace

Model::Model(const std::string& path) {
  const Handle<atrous_model> model = make<atrous_model>(atrous_model_load, path.c_str());
  atrous_network_options options = ATROUS_NETWORK_OPTIONS;
  options.all_sizes = 1;
  network = make<atrous_network>(atrous_network_create, model.get(), &options);

  atrous_model_info says{};
  says.struct_size = sizeof says;
  atrous_model_get_info(model.get(), &says);
  atrous_network_info facts{};
  facts.struct_size = sizeof facts;
  atrous_network_get_info(network.get(), &facts);
  name = says.name;
  architecture = says.architecture;
  sample_rate = facts.sample_rate;
  receptive_field = facts.receptive_field;
  parameters = facts.parameters;
  recurrent = facts.recurrent != 0;
  sizes = 1 + int(atrous_model_size_bounds(model.get(), nullptr, 0));
  knobs = knobs_of(network.get());
  loudness_db = stated(says.loudness_db);
  input_level_dbu = stated(says.input_level_dbu);
  output_level_dbu = stated(says.output_level_dbu);
  for (std::size_t i = 0; const char* warning = atrous_network_warning(network.get(), i); ++i) {
    warnings.emplace_back(warning);
  }
}

}  // namespace plugin
