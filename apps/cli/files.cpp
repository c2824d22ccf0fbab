#include "files.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include <atrous/error.hpp>
#include <atrous/files.hpp>

#include "interrupt.hpp"

namespace cli {

namespace fs = std::filesystem;
using atrous::Error;
using atrous::ErrorCode;

void check_input(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw Error(ErrorCode::io, path.string() + ": no such file");
  if (fs::is_directory(status)) throw Error(ErrorCode::io, path.string() + ": is a folder, expected a file");
  // Not opened: a pipe could not be opened again.
  if (access(path.c_str(), R_OK) != 0) throw Error(ErrorCode::io, path.string() + ": cannot be opened");
}

void check_output(const fs::path& path, std::initializer_list<fs::path> inputs) {
  atrous::check_writable(path);
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return;
  for (const fs::path& input : inputs) {
    if (fs::equivalent(path, input, error)) {
      throw Error(ErrorCode::argument, path.string() + ": is the input too; name another output");
    }
  }
}

void write_or_fail(const std::function<void()>& write) {
  const Interrupt interrupt;  // where the file has a name already, it is finished or taken away first
  try {
    write();
    interrupt.deliver();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io) throw std::runtime_error(error.what());
    throw;
  }
}

std::string extension(const fs::path& path) {
  std::string text = path.extension().string();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t n : shape) text += (text.empty() ? "(" : ", ") + std::to_string(n);
  return text.empty() ? "()" : text + ")";
}

void check_speaker(const std::optional<int>& speaker, const fs::path& model, const atrous::Network& network) {
  if (!speaker) return;
  const int count = network.info().speakers;
  if (count == 0) throw Error(ErrorCode::argument, model.string() + ": has no speakers, so --speaker cannot be chosen");
  if (*speaker < 0 || *speaker >= count) {
    throw Error(ErrorCode::argument,
                "--speaker: expected 0 to " + std::to_string(count - 1) + ", found " + std::to_string(*speaker));
  }
}

std::optional<atrous::Precision> precision_of(const std::string& name) {
  if (name.empty()) return std::nullopt;
  return atrous::precision_from_name(name);
}

atrous::Model load_model(const fs::path& path, const Choice& choice) {
  check_input(path);
  atrous::Model model = atrous::Model::load(path);
  if (choice.size && model.size_bounds().empty()) {
    throw Error(ErrorCode::argument, path.string() + ": has one size only, so --size cannot be chosen");
  }
  return choice.model_rate ? model.at_sample_rate(*choice.model_rate) : model;
}

atrous::Network load_network(const fs::path& path, const Choice& choice) {
  const atrous::NetworkOptions options{
      .isa = atrous::isa_from_name(choice.isa), .precision = precision_of(choice.precision), .size = choice.size};
  return atrous::Network(load_model(path, choice), options);
}

}  // namespace cli
