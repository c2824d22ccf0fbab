// Random numbers without state: Philox4x64-10, a counter-based generator. Any number can be had at any time from
// (seed, voice, index) alone, so voices are independent and a sound does not depend on how it is cut into calls.
// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11.
#pragma once

#include <array>
#include <cstdint>

namespace atrous::run {

// The ten rounds: 256 bits of counter scrambled under 128 bits of key.
std::array<std::uint64_t, 4> philox(std::array<std::uint64_t, 4> counter, std::array<std::uint64_t, 2> key) noexcept;

// Four independent numbers, uniform in (0, 1), ends excluded, on a grid of 2^-52.
std::array<double, 4> uniforms(std::uint64_t seed, std::uint64_t voice, std::uint64_t index,
                               std::uint64_t block = 0) noexcept;

}  // namespace atrous::run
