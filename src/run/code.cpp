#include "run/code.hpp"

#include <algorithm>
#include <cmath>

#include "features/waveform.hpp"

namespace atrous::run {
namespace {

using model::Code;
using model::CodeKind;

double mu_of(const Code& code) {
  return code.kind == CodeKind::vincentherrmann ? code.classes : code.classes - 1;
}

bool is_linear(const Code& code) {
  return code.kind == CodeKind::vincentherrmann_linear;
}

double linspace(int n, int i) {
  return i == n - 1 ? 1.0 : -1.0 + i * (2.0 / (n - 1));
}

// The last edge of linspace(-1, 1, n) that is no greater than f.
int digitize(double f, int n) {
  int i = std::clamp(int((f + 1) / 2 * (n - 1)), 0, n - 1);
  while (i + 1 < n && linspace(n, i + 1) <= f) ++i;
  while (i > 0 && linspace(n, i) > f) --i;
  return i;
}

}  // namespace

int encode(const Code& code, float sample) noexcept {
  const double mu = mu_of(code);
  const double x = std::isnan(sample) ? 0.0 : std::clamp(double{sample}, -1.0, 1.0);
  const double f = is_linear(code) ? x : features::mulaw_compress(x, mu);
  const double position = (f + 1) / 2 * mu;
  const int half = code.classes / 2;
  int label = 0;
  switch (code.kind) {
    case CodeKind::r9y9:
      label = int(position);
      break;
    case CodeKind::ibab:  // truncates, but a position is never negative
    case CodeKind::kan_bayashi:
      label = int(std::floor(position + 0.5));
      break;
    case CodeKind::vincentherrmann:
    case CodeKind::vincentherrmann_linear:
      return digitize(f, code.classes);
    case CodeKind::nsynth:
      label = int(std::floor(f * half)) + half;
      break;
  }
  return std::clamp(label, 0, code.classes - 1);
}

float decode(const Code& code, int label) noexcept {
  const double mu = mu_of(code);
  const double q = std::clamp(label, 0, code.classes - 1);
  const int half = code.classes / 2;
  double f = 0;
  switch (code.kind) {
    case CodeKind::r9y9:
    case CodeKind::ibab:
      f = 2 * q / mu - 1;
      break;
    case CodeKind::kan_bayashi:
      f = 2 * (q - 0.5) / mu - 1;
      break;
    case CodeKind::vincentherrmann:
    case CodeKind::vincentherrmann_linear:
      f = 2 * q / code.classes - 1;
      break;
    case CodeKind::nsynth:
      f = q == half ? 0 : (q - half + 0.5) / half;
      break;
  }
  return float(std::clamp(is_linear(code) ? f : features::mulaw_expand(f, mu), -1.0, 1.0));
}

float class_value(const Code& code, int label) noexcept {
  return float(linspace(code.classes, std::clamp(label, 0, code.classes - 1)));
}

}  // namespace atrous::run
