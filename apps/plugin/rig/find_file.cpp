#include "rig/find_file.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace fs = std::filesystem;

namespace plugin {

namespace {

bool there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::optional<std::string> find_file(const std::string& path, const std::vector<std::string>& bases) {
  if (path.empty() || there(path)) return path;
  const fs::path whole = fs::path(path).relative_path();
  for (auto first = whole.begin(); first != whole.end(); ++first) {
    fs::path end;
    for (auto part = first; part != whole.end(); ++part) end /= *part;
    for (const std::string& base : bases) {
      if (!base.empty() && there(base / end)) return (base / end).string();
    }
  }
  return std::nullopt;
}

std::vector<std::string> usual_bases() {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  std::vector<std::string> bases{here.string(), here.parent_path().string(), here.parent_path().parent_path().string()};
  std::istringstream listed(environment("ATROUS_PATH"));
  for (std::string folder; std::getline(listed, folder, ':');) bases.push_back(folder);
  const std::string home = environment("HOME"), data = environment("XDG_DATA_HOME");
  if (!data.empty() || !home.empty()) bases.push_back((data.empty() ? home + "/.local/share" : data) + "/atrous");
  bases.push_back(home);
  return bases;
}

bool has_extension(const std::string& path, const std::vector<std::string>& extensions) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return char(std::tolower(letter)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::optional<std::string> neighbour(const std::string& link, int steps, const std::vector<std::string>& extensions) {
  std::error_code error;
  const std::string path = there(link) ? fs::canonical(link, error).string() : link;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path(), error)) {
    if (entry.is_regular_file(error) && has_extension(entry.path().string(), extensions))
      files.push_back(entry.path().string());
  }
  if (files.empty()) return std::nullopt;
  std::sort(files.begin(), files.end());
  const auto count = std::ptrdiff_t(files.size());
  const auto place = std::lower_bound(files.begin(), files.end(), path);
  const bool found = place != files.end() && *place == path;
  std::ptrdiff_t index = place - files.begin() + steps - (!found && steps > 0 ? 1 : 0);
  index = ((index % count) + count) % count;
  return files[std::size_t(index)];
}

}  // namespace plugin
