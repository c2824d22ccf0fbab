// One struct per activation.
#pragma once

#include "kernels/denormals.hpp"
#include "kernels/vector/exponential.hpp"
#include "model/activation.hpp"

namespace atrous::kernels {
namespace {

template <class B>
struct ActivationParams {
  B slope, min, max, min_slope, max_slope;
};

// Whether layers with it run at one go (`fuses` of kernels.hpp says the same of kinds): then it has no parameter but
// the slope.
struct Fused {
  static constexpr bool fuses = true;
};
struct Separate {
  static constexpr bool fuses = false;
};

struct Identity : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x;
  }
};

// tanh(x) = x·P(x²)/Q(x²) on |x| <= 8.4, beyond which tanh is 1 in float. The coefficients minimise the largest
// absolute error of the quotient (1e-8 before rounding; with float rounding it stays within 3e-7).
struct Tanh : Fused {
  static constexpr float p0 = 9.99999940e-01f, p1 = 1.34126857e-01f, p2 = 3.53356171e-03f, p3 = 2.12518298e-05f,
                         p4 = 1.42879904e-08f;
  static constexpr float q1 = 4.67460006e-01f, q2 = 2.60204617e-02f, q3 = 3.34846001e-04f, q4 = 8.14894122e-07f;

  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return of(x);
  }
  template <class B>
  static B clamped(const B& x) {
    return xsimd::min(xsimd::max(x, B(-8.4f)), B(8.4f));
  }
  // Of which the square is no denormal.
  template <class B>
  static B square(const B& x) {
    if constexpr (flushes_denormals) {
      return x * x;
    } else {
      return xsimd::max(x * x, B(least));
    }
  }
  template <class B>
  static B of(const B& x) {
#if defined(__AVX512F__)
    return tanh_of(x);
#else
    const B c = clamped(x), y = square(c);
    const B p = fma(fma(fma(fma(y, B(p4), B(p3)), y, B(p2)), y, B(p1)), y, B(p0));
    const B q = fma(fma(fma(fma(y, B(q4), B(q3)), y, B(q2)), y, B(q1)), y, B(1.0f));
    return (c * p) / q;
#endif
  }

  // n/d, for where many values follow from one division. One operation more than above, but a shorter chain.
  template <class B>
  struct Fraction {
    B n, d;
  };
  template <class B>
  static Fraction<B> fraction(const B& x) {
    const B c = clamped(x), y = square(c), y2 = y * y;
    const B p = fma(fma(y, B(p4), B(p3)), y2, fma(y, B(p2), B(p1)));
    const B q = fma(fma(y, B(q4), B(q3)), y2, fma(y, B(q2), B(q1)));
    return {c * fma(p, y, B(p0)), fma(q, y, B(1.0f))};
  }
};

struct Sigmoid : Separate {  // σ(x) = ½ + ½·tanh(x/2)
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return of(x);
  }
  template <class B>
  static B of(const B& x) {
#if defined(__AVX512F__)
    return sigmoid_of(x);
#else
    return fma(Tanh::of(x * B(0.5f)), B(0.5f), B(0.5f));
#endif
  }
};

struct Hardtanh : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return xsimd::min(xsimd::max(x, B(-1.0f)), B(1.0f));
  }
};

// The approximation that the `.nam` format calls Fasttanh: x·(a(1+|x|) + (b + c|x|)x²) / (d + (d + x²)·|x + e·x|x||).
struct Fasttanh : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    const B a = xsimd::abs(x), y = x * x;
    const B numerator = x * fma(fma(B(0.821226666969744f), a, B(0.893229853513558f)), y,
                                fma(B(2.45550750702956f), a, B(2.45550750702956f)));
    const B inner = xsimd::abs(fma(x * B(0.814642734961073f), a, x));
    return numerator / fma(y + B(2.44506634652299f), inner, B(2.44506634652299f));
  }
};

struct Relu : Fused {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return xsimd::max(x, B(0.0f));
  }
};

struct LeakyRelu : Fused {  // also PReLU, whose slopes differ by channel
  template <class B>
  static B apply(const B& x, const ActivationParams<B>& p) {
    return xsimd::select(x > B(0.0f), x, x * p.slope);
  }
};

struct Silu : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x * Sigmoid::of(x);
  }
};

struct Hardswish : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x * xsimd::min(xsimd::max(x + B(3.0f), B(0.0f)), B(6.0f)) * B(1.0f / 6.0f);
  }
};

struct LeakyHardtanh : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>& p) {
    const B below = fma(x - p.min, p.min_slope, p.min);
    const B above = fma(x - p.max, p.max_slope, p.max);
    return xsimd::select(x < p.min, below, xsimd::select(x > p.max, above, x));
  }
};

struct Softsign : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    return x / (B(1.0f) + xsimd::abs(x));
  }
};

// e^x - 1 = 2t / (1 - t) with t = tanh(x/2), which cancels nothing where x is small and t is below 0.
struct Elu : Separate {
  template <class B>
  static B apply(const B& x, const ActivationParams<B>&) {
    const Tanh::Fraction<B> t = Tanh::fraction(xsimd::min(x, B(0.0f)) * B(0.5f));
    return xsimd::select(x > B(0.0f), x, (t.n + t.n) / (t.d - t.n));
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
    case Kind::elu:
      return visit(Elu{});
  }
}

}  // namespace
}  // namespace atrous::kernels
