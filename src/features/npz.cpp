// NumPy's .npz: a zip archive with a `.npy` in it for every array. Minizip reads it out of memory.
#include "features/npy.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <type_traits>

#include <unzip.h>

#include <atrous/error.hpp>

#include "model/text.hpp"

namespace atrous::features {

namespace {

constexpr std::string_view npy_magic = "PK\x03\x04", empty_archive = "PK\x05\x06";
// What an array may take in memory, so that no small archive costs gigabytes: that much, and as many times the archive.
constexpr std::size_t most_bytes = std::size_t(1) << 26, most_ratio = 16;
constexpr std::size_t most_entries = 1000;

[[noreturn]] void fail(const std::string& name, const std::string& problem) {
  throw Error(ErrorCode::format, name + ": " + problem);
}

// Bytes as minizip wants to see a file: what its functions are given, the stream and the opaque pointer, is this.
struct Memory {
  Bytes bytes;
  std::size_t position = 0;
};

Memory& memory(voidpf pointer) {
  return *static_cast<Memory*>(pointer);
}

uLong read(voidpf opaque, voidpf, void* buffer, uLong size) {
  Memory& file = memory(opaque);
  const std::size_t count = std::min<std::size_t>(size, file.bytes.size() - file.position);
  if (count > 0) std::memcpy(buffer, file.bytes.data() + file.position, count);
  file.position += count;
  return uLong(count);
}

long seek(voidpf opaque, voidpf, ZPOS64_T offset, int origin) {
  Memory& file = memory(opaque);
  const std::size_t from = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                           : origin == ZLIB_FILEFUNC_SEEK_CUR ? file.position
                                                              : file.bytes.size();
  if (offset > file.bytes.size() - from) return -1;
  file.position = from + std::size_t(offset);
  return 0;
}

zlib_filefunc64_def functions(Memory& file) {
  zlib_filefunc64_def result{};
  result.opaque = &file;
  result.zopen64_file = [](voidpf opaque, const void*, int) { return opaque; };
  result.zread_file = read;
  result.ztell64_file = [](voidpf opaque, voidpf) { return ZPOS64_T(memory(opaque).position); };
  result.zseek64_file = seek;
  result.zclose_file = [](voidpf, voidpf) { return 0; };
  result.zerror_file = [](voidpf, voidpf) { return 0; };
  return result;
}

struct Close {
  void operator()(unzFile archive) const noexcept { unzClose(archive); }
};
using Archive = std::unique_ptr<std::remove_pointer_t<unzFile>, Close>;

struct Entry {
  std::string name;
  std::size_t size = 0;
};

Entry current_entry(const Archive& archive, const std::string& name) {
  unz_file_info64 info{};
  std::array<char, 256> text{};
  if (unzGetCurrentFileInfo64(archive.get(), &info, text.data(), text.size() - 1, nullptr, 0, nullptr, 0) != UNZ_OK) {
    fail(name, "a damaged zip archive");
  }
  return {text.data(), std::size_t(info.uncompressed_size)};
}

// Goes to the only array, and fails where there is not exactly one.
Entry find_only_array(const Archive& archive, const std::string& name) {
  std::string found;
  std::size_t count = 0;
  for (int state = unzGoToFirstFile(archive.get()); state == UNZ_OK; state = unzGoToNextFile(archive.get())) {
    const std::string entry = current_entry(archive, name).name;
    if (++count > most_entries) fail(name, "a zip archive of more than " + std::to_string(most_entries) + " files");
    found += (found.empty() ? "" : ", ") + model::in_quotes(entry);
  }
  if (count != 1) {
    fail(name, "expected an archive of one array, found " + (count == 0 ? "none" : found.substr(0, 200)));
  }
  unzGoToFirstFile(archive.get());
  return current_entry(archive, name);
}

}  // namespace

bool looks_like_npz(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.starts_with(npy_magic) || text.starts_with(empty_archive);
}

std::vector<std::byte> only_array(Bytes bytes, const std::string& name) {
  Memory file{bytes};
  zlib_filefunc64_def access = functions(file);
  const Archive archive(unzOpen2_64(name.c_str(), &access));
  if (!archive) fail(name, "a damaged zip archive");
  const Entry entry = find_only_array(archive, name);
  const std::size_t most = most_bytes + most_ratio * bytes.size();
  if (entry.size > most) {
    fail(name, model::in_quotes(entry.name) + " of " + std::to_string(entry.size) + " bytes in an archive of " +
                   std::to_string(bytes.size()) + ", expected at most " + std::to_string(most));
  }
  std::vector<std::byte> content(entry.size);
  std::byte beyond{};
  // One byte more is asked for than there should be: the end is where the checksum is compared.
  const bool whole =
      unzOpenCurrentFile(archive.get()) == UNZ_OK &&
      unzReadCurrentFile(archive.get(), content.data(), unsigned(content.size())) == int(content.size()) &&
      unzReadCurrentFile(archive.get(), &beyond, 1) == 0 && unzCloseCurrentFile(archive.get()) == UNZ_OK;
  if (!whole)
    fail(name, model::in_quotes(entry.name) + " in the archive is damaged, or packed in a way other than deflate");
  return content;
}

}  // namespace atrous::features
