#include "rig/file_identity.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "chain/handles.hpp"

namespace plugin {

FileIdentity identity_of(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) throw Refusal(path + ": cannot be opened: " + std::strerror(errno));
  if (S_ISDIR(facts.st_mode)) throw Refusal(path + ": expected a file, found a folder");
  if (!S_ISREG(facts.st_mode)) throw Refusal(path + ": expected a file, found a pipe or a device");
  const std::int64_t written = facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec;
  std::error_code error;
  return {std::filesystem::canonical(path, error).string(), facts.st_dev, facts.st_ino, std::uint64_t(facts.st_size),
          written};
}

}  // namespace plugin
