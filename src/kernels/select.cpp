// Which kernels this machine can run.
#include "kernels/kernels.hpp"

namespace atrous::kernels {

extern const Kernels table_reference;
extern const Kernels table_sse2;
extern const Kernels table_avx2;
extern const Kernels table_avx512;
extern const Kernels table_avx512vnni;
extern const Kernels table_neon;
extern const Kernels table_simd128;

namespace {

#ifdef ATROUS_HAVE_avx512
bool supports_avx512() noexcept {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

struct Choice {
  const Kernels* kernels;
  bool (*runs)() noexcept;
};

// Those compiled in, slowest first.
constexpr Choice choices[] = {
    {&table_reference, []() noexcept { return true; }},
#ifdef ATROUS_HAVE_sse2
    {&table_sse2, []() noexcept { return __builtin_cpu_supports("sse2") != 0; }},
#endif
#ifdef ATROUS_HAVE_neon
    {&table_neon, []() noexcept { return true; }},
#endif
#ifdef ATROUS_HAVE_simd128
    {&table_simd128, []() noexcept { return true; }},  // else the module would not have been compiled
#endif
#ifdef ATROUS_HAVE_avx2
    {&table_avx2, []() noexcept { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
#ifdef ATROUS_HAVE_avx512
    {&table_avx512, supports_avx512},
#endif
#ifdef ATROUS_HAVE_avx512vnni
    {&table_avx512vnni, []() noexcept { return supports_avx512() && __builtin_cpu_supports("avx512vnni"); }},
#endif
};

}  // namespace

const Kernels* find_kernels(std::string_view name) noexcept {
  for (const Choice& choice : choices) {
    if (choice.kernels->name == name) return choice.runs() ? choice.kernels : nullptr;
  }
  return nullptr;
}

const Kernels& best_kernels() noexcept {
  const Kernels* best = &table_reference;
  for (const Choice& choice : choices) {
    if (choice.runs()) best = choice.kernels;
  }
  return *best;
}

}  // namespace atrous::kernels
