// Which kernels this machine can run.
#include <array>
#include <cstdlib>
#include <string>

#include <atrous/error.hpp>

#include "kernels/kernels.hpp"

namespace atrous::kernels {

extern const Kernels table_reference;
extern const Kernels table_sse2;
extern const Kernels table_avx2;
extern const Kernels table_avx512;
extern const Kernels table_avx512vnni;
extern const Kernels table_neon;

namespace {

#ifdef ATROUS_HAVE_avx512
bool supports_avx512() noexcept {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

}  // namespace

const Kernels* find_kernels(Isa isa) noexcept {
  switch (isa) {
    case Isa::reference:
      return &table_reference;
#ifdef ATROUS_HAVE_sse2
    case Isa::sse2:
      return __builtin_cpu_supports("sse2") ? &table_sse2 : nullptr;
#endif
#ifdef ATROUS_HAVE_avx2
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &table_avx2 : nullptr;
#endif
#ifdef ATROUS_HAVE_avx512
    case Isa::avx512:
      return supports_avx512() ? &table_avx512 : nullptr;
#endif
#ifdef ATROUS_HAVE_avx512vnni
    case Isa::avx512vnni:
      return supports_avx512() && __builtin_cpu_supports("avx512vnni") ? &table_avx512vnni : nullptr;
#endif
#ifdef ATROUS_HAVE_neon
    case Isa::neon:
      return &table_neon;
#endif
    default:
      return nullptr;
  }
}

const Kernels& best_kernels() noexcept {
  for (const Isa isa : {Isa::avx512vnni, Isa::avx512, Isa::avx2, Isa::neon, Isa::sse2}) {
    if (const Kernels* kernels = find_kernels(isa)) return *kernels;
  }
  return table_reference;
}

}  // namespace atrous::kernels

namespace atrous {
namespace {

constexpr std::array<std::string_view, 7> names = {"automatic", "reference",  "sse2", "avx2",
                                                   "avx512",    "avx512vnni", "neon"};

}  // namespace

std::string_view isa_name(Isa isa) noexcept {
  return names[static_cast<std::size_t>(isa)];
}

Isa isa_from_name(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Isa>(i);
  }
  throw Error(ErrorCode::argument, "unknown instruction set '" + std::string(name) +
                                       "': expected automatic, reference, sse2, avx2, avx512, avx512vnni or neon");
}

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::reference, Isa::sse2, Isa::neon, Isa::avx2, Isa::avx512, Isa::avx512vnni}) {
    if (kernels::find_kernels(isa)) isas.push_back(isa);
  }
  return isas;
}

}  // namespace atrous
