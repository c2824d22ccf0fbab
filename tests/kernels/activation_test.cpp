// Activations and gates of every instruction set against libm.
#include <cmath>
#include <cstring>

#include "catch.hpp"
#include "difference.hpp"
#include "kernels/kernels.hpp"
#include "network/instruction_sets.hpp"
#include "random.hpp"

namespace {

using namespace atrous;
using model::Activation;
using model::ActivationKind;
using model::Gating;

constexpr int rows = 7, frames = 37, stride = 64;

Activation random_activation(ActivationKind kind, test::Random& random) {
  Activation a;
  a.kind = kind;
  a.slope = random.real(-0.5f, 0.5f);
  if (kind == ActivationKind::prelu && random.coin()) a.slopes = random.reals(rows);
  a.min = random.real(-2, -0.1f);
  a.max = random.real(0.1f, 2);
  a.min_slope = random.real(0, 0.3f);
  a.max_slope = random.real(0, 0.3f);
  return a;
}

// o[row][frame] of a gate in block shape, or in column shape (a column per frame).
std::vector<float> run_gate(const kernels::Kernels& k, Gating gating, const Activation& f, const Activation& s,
                            const std::vector<float>& z, bool columns) {
  std::vector<float> out(rows * frames);
  if (!columns) {
    std::vector<float> planar(2 * rows * stride), u(rows * stride);
    for (int r = 0; r < 2 * rows; ++r) std::copy_n(z.begin() + r * frames, frames, planar.begin() + r * stride);
    k.gate({.gating = gating,
            .activation = &f,
            .secondary = &s,
            .z = planar.data(),
            .z_stride = stride,
            .second = rows * stride,
            .out = u.data(),
            .out_stride = stride,
            .outer = rows,
            .inner = frames});
    for (int r = 0; r < rows; ++r) std::copy_n(u.begin() + r * stride, frames, out.begin() + r * frames);
  } else {
    for (int t = 0; t < frames; ++t) {
      std::vector<float> column(2 * rows + kernels::max_lanes), u(kernels::padded(rows));
      for (int r = 0; r < 2 * rows; ++r) column[r] = z[r * frames + t];
      k.gate({.gating = gating,
              .activation = &f,
              .secondary = &s,
              .z = column.data(),
              .second = rows,
              .out = u.data(),
              .inner = rows,
              .channels_inner = true});
      for (int r = 0; r < rows; ++r) out[r * frames + t] = u[r];
    }
  }
  return out;
}

}  // namespace

TEST_CASE("gates of every instruction set agree with the reference, and both shapes bit for bit") {
  test::Random random(3);
  for (const model::ActivationRow& first : model::activations) {
    for (const model::ActivationRow& second : model::activations) {
      for (const Gating gating : {Gating::none, Gating::gated, Gating::blended}) {
        const Activation f = random_activation(first.kind, random), s = random_activation(second.kind, random);
        const std::vector<float> z = random.reals(2 * rows * frames, -6, 6);
        INFO("activation " << first.name << ", secondary " << second.name << ", gating " << int(gating));
        const std::vector<float> reference = run_gate(*network::find_kernels(Isa::reference), gating, f, s, z, false);
        for (const Isa isa : available_isas()) {
          const kernels::Kernels& k = *network::find_kernels(isa);
          const std::vector<float> block = run_gate(k, gating, f, s, z, false),
                                   columns = run_gate(k, gating, f, s, z, true);
          CHECK(std::memcmp(block.data(), columns.data(), block.size() * sizeof(float)) == 0);
          CHECK(largest_error(block, reference) <= 4e-6);
        }
      }
    }
  }
}

TEST_CASE("tanh and sigmoid stay within 3e-7 of the true values") {
  for (const Isa isa : available_isas()) {
    INFO("isa " << isa_name(isa));
    const kernels::Kernels& k = *network::find_kernels(isa);
    Activation activation;
    double worst_tanh = 0, worst_sigmoid = 0;
    for (float start = -20; start < 20; start += 0.01f) {
      float x[kernels::max_lanes], y[kernels::max_lanes];
      for (int i = 0; i < kernels::max_lanes; ++i) x[i] = start + 0.01f / kernels::max_lanes * float(i);
      const auto run = [&](ActivationKind kind) {
        activation.kind = kind;
        k.gate({.activation = &activation, .z = x, .out = y, .inner = kernels::max_lanes, .channels_inner = true});
      };
      run(ActivationKind::tanh);
      for (int i = 0; i < kernels::max_lanes; ++i) {
        worst_tanh = larger(worst_tanh, std::fabs(double(y[i]) - std::tanh(double(x[i]))));
      }
      run(ActivationKind::sigmoid);
      for (int i = 0; i < kernels::max_lanes; ++i) {
        worst_sigmoid = larger(worst_sigmoid, std::fabs(double(y[i]) - 1 / (1 + std::exp(-double(x[i])))));
      }
    }
    CHECK(worst_tanh <= 3e-7);
    CHECK(worst_sigmoid <= 3e-7);
  }
}
