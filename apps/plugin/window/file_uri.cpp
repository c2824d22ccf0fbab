#include "window/file_uri.hpp"

#include <cstdlib>
#include <sstream>

namespace plugin {

namespace {

// %41 is A.
std::string decoded(const std::string& uri) {
  std::string text;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size()) {
      text += char(std::strtol(uri.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      text += uri[i];
    }
  }
  return text;
}

}  // namespace

std::string first_file_of(const std::string& uris) {
  std::istringstream lines(uris);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.rfind("file://", 0) != 0) continue;
    const std::size_t path = line.find('/', 7);  // behind the name of a machine
    if (path != std::string::npos) return decoded(line.substr(path));
  }
  return "";
}

}  // namespace plugin
