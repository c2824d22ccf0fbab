// Instruction sets: which of the kernels run.
#pragma once

#include <string_view>
#include <vector>

#include <atrous/export.h>

namespace atrous {

/// Instruction sets with kernels of their own. `automatic` is the best one that this CPU and its OS support.
enum class Isa { automatic, reference, sse2, avx2, avx512, avx512vnni, neon, simd128 };

/// "reference", "sse2", "avx2", "avx512", "avx512vnni", "neon", "simd128" (WebAssembly) or "automatic".
ATROUS_API std::string_view isa_name(Isa isa) noexcept;
/// The inverse of isa_name. Throws Error (argument) for an unknown name.
ATROUS_API Isa isa_from_name(std::string_view name);
/// Those compiled in that this machine can run, slowest first; `reference` is always there.
ATROUS_API std::vector<Isa> available_isas();

}  // namespace atrous
