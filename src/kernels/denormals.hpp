// Numbers so small that they have fewer digits, and cost a hundred times a normal one. Machines that can be told to
// read and write them as zero are told so (stream/floating_point.hpp); elsewhere none must come about.
#pragma once

namespace atrous::kernels {

#if defined(__wasm__)
inline constexpr bool flushes_denormals = false;
#else
inline constexpr bool flushes_denormals = true;
#endif

// What signals and states do not fall below, where denormals are not flushed, but to zero: -300 dBFS. Its square is a
// normal number.
inline constexpr float least = flushes_denormals ? 0.0f : 1e-15f;

// What a cell is to remember. Its state decays towards zero and would get stuck among denormals: so much is added at
// every step that it stops short of them, and so little that it is lost on whatever can be heard.
template <class T>
[[gnu::always_inline]] inline T kept(const T& state) noexcept {
  if constexpr (flushes_denormals) {
    return state;
  } else {
    return state + T(least);
  }
}

}  // namespace atrous::kernels
