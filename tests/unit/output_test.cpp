// How files are written: whole or not at all, with the mode and the owner of what they replace, through links, and
// straight into pipes.
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atrous/error.hpp>
#include <atrous/files.hpp>

#include "catch.hpp"
#include "folder.hpp"
#include "model/output.hpp"

namespace {

namespace fs = std::filesystem;
using atrous::model::OutputFile;
using atrous::test::Folder;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void write(OutputFile& file, const std::string& text) {
  file.write(std::as_bytes(std::span(text)));
}

void write(const fs::path& path, const std::string& text, bool unnamed = true) {
  OutputFile file(path, unnamed);
  write(file, text);
  file.commit();
}

struct stat status_of(const fs::path& path) {
  struct stat result {};
  REQUIRE(stat(path.c_str(), &result) == 0);
  return result;
}

unsigned mode(const fs::path& path) {
  return status_of(path).st_mode & 07777;
}

// The message of the error that an output there throws, which check_writable() throws too.
std::string refusal(const fs::path& path) {
  std::string checked = "none";
  try {
    atrous::check_writable(path);
  } catch (const atrous::Error& error) {
    checked = error.what();
    CHECK(error.code() == atrous::ErrorCode::io);
  }
  try {
    const OutputFile file(path);
  } catch (const atrous::Error& error) {
    CHECK(error.what() == checked);
    return checked;
  }
  CHECK(checked == "none");
  return "none";
}

}  // namespace

TEST_CASE("a file appears whole with commit(), and not at all without") {
  const bool unnamed = GENERATE(true, false);
  const Folder folder;
  const fs::path path = folder / "out";
  {
    OutputFile file(path, unnamed);
    CHECK_FALSE(file.direct());
    write(file, "half");
    CHECK(folder.files() == (unnamed ? 0 : 1));
    CHECK_FALSE(fs::exists(path));
  }
  CHECK(folder.files() == 0);
  write(path, "whole", unnamed);
  CHECK(read(path) == "whole");
  {
    OutputFile file(path, unnamed);
    write(file, "other");
  }
  CHECK(read(path) == "whole");
  write(path, "other", unnamed);
  CHECK(read(path) == "other");
  CHECK(folder.files() == 1);
}

TEST_CASE("a new file has the mode that the user's mask leaves") {
  const bool unnamed = GENERATE(true, false);
  const Folder folder;
  const mode_t before = umask(027);
  write(folder / "out", "new", unnamed);
  umask(before);
  CHECK(mode(folder / "out") == 0640);
}

TEST_CASE("a replaced file keeps its mode and its owner") {
  const bool unnamed = GENERATE(true, false);
  const unsigned kept = GENERATE(0600u, 0640u, 0666u, 0755u, 0200u);
  const Folder folder;
  put(folder / "out", "old");
  const bool superuser = geteuid() == 0;
  if (superuser) REQUIRE(chown((folder / "out").c_str(), 1234, 2345) == 0);
  fs::permissions(folder / "out", fs::perms(kept));
  {
    OutputFile file(folder / "out", unnamed);
    struct stat growing {};
    REQUIRE(fstat(file.descriptor(), &growing) == 0);
    CHECK((growing.st_mode & 0777) == kept);
    write(file, "new");
    file.commit();
  }
  CHECK(mode(folder / "out") == kept);
  if (superuser) {
    CHECK(status_of(folder / "out").st_uid == 1234);
    CHECK(status_of(folder / "out").st_gid == 2345);
  }
}

TEST_CASE("what cannot be written is refused, and stays as it is") {
  const Folder folder;
  put(folder / "read_only", "old");
  fs::permissions(folder / "read_only", fs::perms(0444));
  CHECK_THAT(refusal(folder / "read_only"), ContainsSubstring("read_only: is read-only"));
  CHECK(read(folder / "read_only") == "old");
  CHECK_THAT(refusal(folder / "."), ContainsSubstring("is a folder"));
  CHECK_THAT(refusal(folder / "none/out"), ContainsSubstring("no such folder"));
  CHECK_THAT(refusal(folder / "read_only/out"), ContainsSubstring("no such folder"));
  CHECK_THAT(refusal(folder / "none/"), ContainsSubstring("no such folder"));
  CHECK_THAT(refusal(""), ContainsSubstring("no file name"));
  CHECK_THAT(refusal(folder / std::string(256, 'x')), ContainsSubstring("cannot be written"));
  fs::create_symlink("loop", folder / "loop");
  CHECK_THAT(refusal(folder / "loop"), ContainsSubstring("cannot be followed"));
  if (geteuid() != 0) {
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms(0500));
    CHECK_THAT(refusal(folder / "closed/out"), ContainsSubstring("the folder cannot be written"));
  }
}

TEST_CASE("links are written through") {
  const bool unnamed = GENERATE(true, false);
  const Folder folder;
  fs::create_directory(folder / "there");
  fs::create_symlink("there/target", folder / "second");
  fs::create_symlink(folder / "second", folder / "first");
  const auto size = folder.files();
  for (const std::string text : {"created", "replaced"}) {  // at first the links lead to nothing
    write(folder / "first", text, unnamed);
    CHECK(read(folder / "there/target") == text);
    CHECK(fs::is_symlink(folder / "first"));
    CHECK(fs::is_symlink(folder / "second"));
    CHECK_FALSE(fs::is_symlink(folder / "there/target"));
    CHECK(folder.files() == size);
  }
  fs::permissions(folder / "there/target", fs::perms(0444));
  CHECK_THAT(refusal(folder / "first"), ContainsSubstring("first: is read-only"));
}

TEST_CASE("the longest names can be written") {
  const bool unnamed = GENERATE(true, false);
  const Folder folder;
  const fs::path path = folder / std::string(255, 'x');
  write(path, "long", unnamed);
  write(path, "name", unnamed);
  CHECK(read(path) == "name");
  CHECK(folder.files() == 1);
}

TEST_CASE("pipes and devices are written directly") {
  const Folder folder;
  write("/dev/null", "nothing");
  CHECK(fs::is_character_file("/dev/null"));

  const fs::path fifo = folder / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  atrous::check_writable(fifo);  // does not wait for a reader
  std::future<std::string> reader = std::async(std::launch::async, [&] { return read(fifo); });
  {
    OutputFile file(fifo);
    CHECK(file.direct());
    write(file, "to the ");
    write(file, "reader");
    file.commit();
  }
  CHECK(reader.get() == "to the reader");
  CHECK(fs::is_fifo(fifo));
  CHECK(folder.files() == 1);
}

TEST_CASE("what the process has open is written where it stands") {
  const Folder folder;
  put(folder / "log", "start ");
  const int descriptor = open((folder / "log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(descriptor >= 0);
  fs::create_symlink("/dev/fd/" + std::to_string(descriptor), folder / "link");  // as /dev/stdout is one
  for (const fs::path& path : {fs::path("/dev/fd/" + std::to_string(descriptor)), folder / "link"}) {
    OutputFile file(path);
    CHECK(file.direct());
    write(file, "more ");
    file.commit();
  }
  CHECK(read(folder / "log") == "start more more ");
  CHECK(close(descriptor) == 0);
  CHECK_THAT(refusal(folder / "link"), ContainsSubstring("is not open for writing"));
  const int reading = open((folder / "log").c_str(), O_RDONLY | O_CLOEXEC);
  CHECK_THAT(refusal("/dev/fd/" + std::to_string(reading)), ContainsSubstring("is not open for writing"));
  CHECK(close(reading) == 0);
}

TEST_CASE("beyond a limit on the size of files, the old one stays whole") {
  const bool unnamed = GENERATE(true, false);
  const Folder folder;
  put(folder / "out", "old");
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit limit{1000, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::string message = "none";
  try {
    write(folder / "out", std::string(5000, 'x'), unnamed);
  } catch (const atrous::Error& error) {
    message = error.what();
  }
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(message, ContainsSubstring("out: cannot be written: File too large"));
  CHECK(read(folder / "out") == "old");
  CHECK(folder.files() == 1);
}
