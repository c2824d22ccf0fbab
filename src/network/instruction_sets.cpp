#include "network/instruction_sets.hpp"

#include <array>
#include <string>

#include <atrous/error.hpp>

#include "model/text.hpp"

namespace atrous {
namespace {

// In the order of Isa. Those of kernels are the names of their tables.
constexpr std::array<std::string_view, 8> names = {"automatic", "reference",  "sse2", "avx2",
                                                   "avx512",    "avx512vnni", "neon", "simd128"};

}  // namespace

std::string_view isa_name(Isa isa) noexcept {
  return names[std::size_t(isa)];
}

Isa isa_from_name(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Isa>(i);
  }
  throw Error(ErrorCode::argument,
              "unknown instruction set '" + std::string(name) + "': expected " + model::alternatives(names));
}

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (kernels::find_kernels(names[i])) isas.push_back(static_cast<Isa>(i));
  }
  return isas;
}

namespace network {

const kernels::Kernels* find_kernels(Isa isa) noexcept {
  return kernels::find_kernels(isa_name(isa));
}

const kernels::Kernels& choose_kernels(Isa isa) {
  if (isa == Isa::automatic) return kernels::best_kernels();
  if (const kernels::Kernels* kernels = find_kernels(isa)) return *kernels;
  std::vector<std::string_view> available;
  for (const Isa each : available_isas()) available.push_back(isa_name(each));
  throw Error(ErrorCode::argument, "instruction set '" + std::string(isa_name(isa)) +
                                       "' is not available on this machine: expected " +
                                       model::alternatives(available));
}

}  // namespace network
}  // namespace atrous
