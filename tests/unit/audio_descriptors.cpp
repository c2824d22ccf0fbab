// A descriptor is closed once, by its owner: the second close may be that of another thread's file.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

#include <atrous/audio.hpp>
#include <atrous/error.hpp>

#include "catch.hpp"
#include "folder.hpp"

namespace {

int closed_twice = 0;  // descriptors closed that were not open

}  // namespace

// Stands before the C library's, for shared libraries too.
extern "C" __attribute__((visibility("default"))) int close(int descriptor) {
  const auto result = int(syscall(SYS_close, descriptor));
  if (result < 0 && errno == EBADF) ++closed_twice;
  return result;
}

TEST_CASE("the descriptor of a sound file that is refused is closed once") {
  const atrous::test::Folder folder;
  const std::filesystem::path path = folder / "cut.wav";
  atrous::write_audio(path, {.sample_rate = 8000, .channels = 1, .samples = std::vector<float>(50)});
  std::vector<char> whole(std::filesystem::file_size(path));
  std::ifstream(path, std::ios::binary).read(whole.data(), std::streamsize(whole.size()));
  closed_twice = 0;
  int refused = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {  // libsndfile gives up at many a place
    std::ofstream(path, std::ios::binary).write(whole.data(), std::streamsize(size));
    try {
      atrous::AudioReader reader(path);
    } catch (const atrous::Error&) {
      ++refused;
    }
  }
  CHECK(refused > 10);
  CHECK(closed_twice == 0);
}

TEST_CASE("a descriptor closed twice is noticed") {
  closed_twice = 0;
  close(-1);
  CHECK(closed_twice == 1);
}
