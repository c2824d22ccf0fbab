// atrous convert: any readable model to the native format.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include <atrous/error.hpp>
#include <atrous/network.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "text.hpp"

namespace cli {
namespace {

struct Options {
  std::filesystem::path in, out;
  std::optional<double> size, model_rate;
  std::string precision;
};

int convert(const Options& options) {
  check_input(options.in);
  check_output(options.out, {options.in});
  if (extension(options.out) != ".safetensors") {
    throw atrous::Error(atrous::ErrorCode::argument, options.out.string() + ": expected the extension .safetensors");
  }
  const atrous::Network network = load_network(
      options.in, {.size = options.size,
                   .precision = options.precision,
                   .model_rate = options.model_rate});  // a model that does not run is not worth converting
  write_or_fail([&] { network.model().save(options.out); });
  print_warnings(network.model().warnings());
  return 0;
}

}  // namespace

Action add_convert(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("IN", options->in, "Model: " + model_files())->required();
  command.add_option("OUT", options->out, "Native model to write: .safetensors")->required();
  add_size(command, options->size, "Keep but this size of a model that has several, from 0 to 1; all unless given");
  add_model_rate(command, options->model_rate);
  add_precision(command, options->precision);
  return [options] { return convert(*options); };
}

}  // namespace cli
