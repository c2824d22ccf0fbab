// One struct per activation.
#pragma once

#include "kernels/vector/arch.hpp"
#include "model/config.hpp"

namespace atrous::kernels {
namespace {

template <class B>
struct ActivationParams {
  B slope, min, max, min_slope, max_slope;
};

struct Identity {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x;
  }
};

// tanh(x) = x·P(x²)/Q(x²) on |x| <= 8.4, beyond which tanh is 1 in float. The coefficients minimise the largest
// absolute error of the quotient (1e-8 before rounding; with float rounding it stays within 3e-7).
struct Tanh {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return of(x);
  }
  template <class B>
  static B of(const B& x) {
    const B c = xsimd::min(xsimd::max(x, B(-8.4f)), B(8.4f));
    const B y = c * c;
    B p = fma(y, B(1.42879904e-08f), B(2.12518298e-05f));
    B q = fma(y, B(8.14894122e-07f), B(3.34846001e-04f));
    p = fma(p, y, B(3.53356171e-03f));
    q = fma(q, y, B(2.60204617e-02f));
    p = fma(p, y, B(1.34126857e-01f));
    q = fma(q, y, B(4.67460006e-01f));
    p = fma(p, y, B(9.99999940e-01f));
    q = fma(q, y, B(1.0f));
    return (c * p) / q;
  }
};

struct Sigmoid {  // σ(x) = ½ + ½·tanh(x/2)
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return of(x);
  }
  template <class B>
  static B of(const B& x) {
    return fma(Tanh::of(x * B(0.5f)), B(0.5f), B(0.5f));
  }
};

struct Hardtanh {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return xsimd::min(xsimd::max(x, B(-1.0f)), B(1.0f));
  }
};

// The approximation that the `.nam` format calls Fasttanh: x·(a(1+|x|) + (b + c|x|)x²) / (d + (d + x²)·|x + e·x|x||).
struct Fasttanh {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    const B a = xsimd::abs(x), y = x * x;
    const B numerator = x * fma(fma(B(0.821226666969744f), a, B(0.893229853513558f)), y,
                                fma(B(2.45550750702956f), a, B(2.45550750702956f)));
    const B inner = xsimd::abs(fma(x * B(0.814642734961073f), a, x));
    return numerator / fma(y + B(2.44506634652299f), inner, B(2.44506634652299f));
  }
};

struct Relu {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return xsimd::max(x, B(0.0f));
  }
};

struct LeakyRelu {  // also PReLU, whose slopes differ by channel
  template <class B>
  static B apply(const B& x, const ActivationParams<B>& p) {
    return xsimd::select(x > B(0.0f), x, x * p.slope);
  }
};

struct Silu {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x * Sigmoid::of(x);
  }
};

struct Hardswish {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x * xsimd::min(xsimd::max(x + B(3.0f), B(0.0f)), B(6.0f)) * B(1.0f / 6.0f);
  }
};

struct LeakyHardtanh {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>& p) {
    const B below = fma(x - p.min, p.min_slope, p.min);
    const B above = fma(x - p.max, p.max_slope, p.max);
    return xsimd::select(x < p.min, below, xsimd::select(x > p.max, above, x));
  }
};

struct Softsign {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x / (B(1.0f) + xsimd::abs(x));
  }
};

// The type list: calls `visit` with the struct of an activation.
template <class Visitor>
void with_activation(model::ActivationKind kind, Visitor&& visit) {
  using Kind = model::ActivationKind;
  switch (kind) {
    case Kind::identity:
      return visit(Identity{});
    case Kind::tanh:
      return visit(Tanh{});
    case Kind::hardtanh:
      return visit(Hardtanh{});
    case Kind::fasttanh:
      return visit(Fasttanh{});
    case Kind::relu:
      return visit(Relu{});
    case Kind::leaky_relu:
    case Kind::prelu:
      return visit(LeakyRelu{});
    case Kind::sigmoid:
      return visit(Sigmoid{});
    case Kind::silu:
      return visit(Silu{});
    case Kind::hardswish:
      return visit(Hardswish{});
    case Kind::leaky_hardtanh:
      return visit(LeakyHardtanh{});
    case Kind::softsign:
      return visit(Softsign{});
  }
}

}  // namespace
}  // namespace atrous::kernels
