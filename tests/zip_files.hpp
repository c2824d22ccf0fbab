// Zip archives for the tests, as NumPy writes them.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace atrous::test {

struct ZipEntry {
  std::string name, content;
  bool deflated = false;
  std::uint32_t stated_size = 0;  // in place of the content's, where it is not 0
};

inline std::string deflated(const std::string& content) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string packed(deflateBound(&stream, uLong(content.size())), '\0');
  std::string in = content;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = uInt(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = uInt(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string zip(const std::vector<ZipEntry>& entries) {
  const auto number = [](std::uint32_t value, int bytes) {
    return std::string(reinterpret_cast<const char*>(&value), std::size_t(bytes));
  };
  std::string archive, directory;
  for (const ZipEntry& entry : entries) {
    const std::string packed = entry.deflated ? deflated(entry.content) : entry.content;
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(entry.content.data()), uInt(entry.content.size()));
    const auto size = entry.stated_size != 0 ? entry.stated_size : std::uint32_t(entry.content.size());
    // Version, flags, method, time and date, checksum, sizes, lengths of the name and of what is extra.
    const std::string facts = number(20, 2) + number(0, 2) + number(entry.deflated ? 8 : 0, 2) + number(0x210000, 4) +
                              number(std::uint32_t(crc), 4) + number(std::uint32_t(packed.size()), 4) +
                              number(size, 4) + number(std::uint32_t(entry.name.size()), 2) + number(0, 2);
    const auto offset = std::uint32_t(archive.size());
    archive += "PK\x03\x04" + facts + entry.name + packed;
    directory += "PK\x01\x02" + number(20, 2) + facts + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
                 number(offset, 4) + entry.name;
  }
  const auto count = std::uint32_t(entries.size());
  return archive + directory + "PK\x05\x06" + number(0, 4) + number(count, 2) + number(count, 2) +
         number(std::uint32_t(directory.size()), 4) + number(std::uint32_t(archive.size()), 4) + number(0, 2);
}

}  // namespace atrous::test
