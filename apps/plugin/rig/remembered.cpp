#include "rig/remembered.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <locale>
#include <sstream>

namespace fs = std::filesystem;

namespace plugin {

namespace {

constexpr const char* part_names[part_count] = {"model", "cabinet_a", "cabinet_b"};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Numbers are the same in every language.
bool parse(const std::string& text, float& value) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  return static_cast<bool>(stream >> value);
}

}  // namespace

std::string remembered_file(const std::string& name) {
  const std::string config = environment("XDG_CONFIG_HOME");
  return (config.empty() ? environment("HOME") + "/.config" : config) + "/atrous/" + name + ".conf";
}

void remember(const Rig& rig, const std::string& file) {
  std::error_code error;
  fs::create_directories(fs::path(file).parent_path(), error);
  {
    std::ofstream stream(file + ".new");
    stream.imbue(std::locale::classic());
    for (unsigned i = bypass + 1; i < input_count; ++i) {
      stream << parameter_info(i).symbol << ' ' << rig.chain.settings.get(i) << '\n';
    }
    for (unsigned part = 0; part < part_count; ++part) {
      stream << part_names[part] << ' ' << rig.report(static_cast<Part>(part)).wanted << '\n';
    }
    if (!stream.flush()) return;
  }
  fs::rename(file + ".new", file, error);
}

void recall(Rig& rig, const std::string& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    const std::string name = line.substr(0, space), text = line.substr(space + 1);
    float value = 0;
    for (unsigned i = bypass + 1; i < input_count; ++i) {
      if (name == parameter_info(i).symbol && parse(text, value)) rig.chain.settings.set(i, value);
    }
    for (unsigned part = 0; part < part_count; ++part) {
      if (name == part_names[part] && !text.empty()) rig.choose(static_cast<Part>(part), text);
    }
  }
}

}  // namespace plugin
