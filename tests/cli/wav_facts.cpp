// Prints "rate channels frames tag bits" of a WAV file (tag 1: integers, 3: floats), by a reading of its own:
// wav_facts FILE. Exits 1 where the file is no whole WAV.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace {

template <class T>
T at(const std::string& bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof value > bytes.size()) throw std::runtime_error("truncated");
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void print_facts(const std::string& bytes) {
  if (bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE") throw std::runtime_error("no WAV");
  std::size_t format = 0;
  for (std::size_t chunk = 12; chunk + 8 <= bytes.size();) {
    const std::string name = bytes.substr(chunk, 4);
    const auto size = at<std::uint32_t>(bytes, chunk + 4);
    if (name == "fmt ") format = chunk + 8;
    if (name == "data") {
      if (format == 0 || chunk + 8 + size > bytes.size()) throw std::runtime_error("truncated");
      const auto block = at<std::uint16_t>(bytes, format + 12);
      auto tag = at<std::uint16_t>(bytes, format);
      if (tag == 0xfffe) tag = at<std::uint16_t>(bytes, format + 24);  // extensible: the tag opens the sub-format
      std::cout << at<std::uint32_t>(bytes, format + 4) << " " << at<std::uint16_t>(bytes, format + 2) << " "
                << size / block << " " << tag << " " << at<std::uint16_t>(bytes, format + 14) << "\n";
      return;
    }
    chunk += 8 + size + size % 2;
  }
  throw std::runtime_error("no data");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: wav_facts FILE");
    std::ifstream file(argv[1], std::ios::binary);
    print_facts({std::istreambuf_iterator<char>(file), {}});
  } catch (const std::exception& error) {
    std::cerr << (argc > 1 ? argv[1] : "wav_facts") << ": " << error.what() << "\n";
    return 1;
  }
  return 0;
}
