// The products of every instruction set against the reference, and the two shapes against each other.
#include <cmath>
#include <cstring>

#include "catch.hpp"
#include "difference.hpp"
#include "network/instruction_sets.hpp"
#include "network/product.hpp"
#include "random.hpp"

namespace {

using namespace atrous;

struct Shape {
  int out, frames, columns;
  Precision precision;  // f32 or bf16
  std::vector<int> ins, groups;
  std::vector<int> firsts, rows;  // of the product, that a term has
};

Shape random_shape(test::Random& random) {
  Shape shape{0,
              random.whole(1, 64),
              random.whole(1, kernels::max_columns),
              random.coin() ? Precision::f32 : Precision::bf16,
              {},
              {},
              {},
              {}};
  const int group_size = random.whole(1, 13), groups = random.pick<int>({1, 1, 2, 3});
  shape.out = group_size * groups;
  if (random.whole(0, 9) == 0) shape.out = random.pick<int>({64, 128, 150, 256});
  const int terms = random.whole(0, 4);
  for (int t = 0; t < terms; ++t) {
    const int term_groups = shape.out % groups == 0 && random.coin() ? groups : 1;
    shape.groups.push_back(term_groups);
    shape.ins.push_back(term_groups * random.whole(1, 20));
    const bool some = term_groups == 1 && random.coin();
    shape.firsts.push_back(some ? random.whole(0, shape.out - 1) : 0);
    shape.rows.push_back(some ? random.whole(1, shape.out - shape.firsts.back()) : shape.out);
  }
  return shape;
}

network::Affine random_affine(const Shape& shape, test::Random& random) {
  network::Affine affine{shape.out, {}, {}};
  for (int r = 0; r < shape.out; ++r) affine.bias.push_back(double(random.real(-1, 1)));
  for (std::size_t t = 0; t < shape.ins.size(); ++t) {
    network::Term term{shape.ins[t], shape.groups[t], {}, shape.precision};
    term.row = shape.firsts[t];
    const int weights = shape.rows[t] * term.inputs();
    for (int i = 0; i < weights; ++i) term.weights.push_back(double(random.real(-1, 1)));
    affine.terms.push_back(std::move(term));
  }
  return affine;
}

constexpr int stride = 80;  // frames, with room for the padding

// Planar inputs of every term, of the initial values, and room for the output.
struct Signals {
  std::vector<std::vector<float>> terms;  // [in][stride]
  std::vector<float> initial;             // [out][stride]
};

Signals random_signals(const Shape& shape, test::Random& random) {
  Signals signals;
  for (const int in : shape.ins) signals.terms.push_back(random.reals(std::size_t(in) * stride));
  signals.initial = random.reals(std::size_t(shape.out) * stride);
  return signals;
}

// [out][frames]
std::vector<float> run_block(const kernels::Kernels& k, const network::Affine& affine, const Shape& shape,
                             const Signals& signals, bool initial) {
  const network::Product product = network::pack_block(affine, k);
  std::vector<kernels::Rows> terms;
  for (const std::vector<float>& term : signals.terms) terms.push_back({term.data(), stride});
  std::vector<float> out(std::size_t(shape.out) * stride);
  k.product_block(product.view(), {.terms = terms.data(),
                                   .initial = initial ? signals.initial.data() : nullptr,
                                   .initial_stride = stride,
                                   .out = out.data(),
                                   .out_stride = stride,
                                   .frames = shape.frames});
  std::vector<float> dense;
  for (int r = 0; r < shape.out; ++r)
    dense.insert(dense.end(), out.begin() + r * stride, out.begin() + r * stride + shape.frames);
  return dense;
}

// The same numbers through the column shape, up to max_columns frames at a time.
std::vector<float> run_columns(const kernels::Kernels& k, const network::Affine& affine, const Shape& shape,
                               const Signals& signals, bool initial) {
  const network::Product product = network::pack_columns(affine, k);
  std::vector<float> dense(std::size_t(shape.out) * shape.frames);
  for (int t0 = 0; t0 < shape.frames; t0 += shape.columns) {
    const int columns = std::min(shape.columns, shape.frames - t0);
    const auto column = [&](const std::vector<float>& planar, int rows, int t) {
      std::vector<float> values;
      for (int r = 0; r < rows; ++r) values.push_back(planar[std::size_t(r) * stride + t]);
      return values;
    };
    std::vector<std::vector<float>> inputs, starts, outs;
    for (std::size_t term = 0; term < shape.ins.size(); ++term) {
      for (int n = 0; n < columns; ++n) inputs.push_back(column(signals.terms[term], shape.ins[term], t0 + n));
    }
    std::vector<const float*> in, added;
    std::vector<float*> out;
    for (int n = 0; n < columns; ++n) {
      starts.push_back(column(signals.initial, shape.out, t0 + n));
      outs.emplace_back(shape.out + 1, 77.0f);  // one more, to see that nothing is written behind the rows
    }
    for (const std::vector<float>& input : inputs) in.push_back(input.data());
    for (int n = 0; n < columns; ++n) added.push_back(starts[n].data()), out.push_back(outs[n].data());
    k.product_columns(
        product.view(),
        {.terms = in.data(), .added = initial ? added.data() : nullptr, .out = out.data(), .columns = columns});
    for (int n = 0; n < columns; ++n) {
      CHECK(outs[n].back() == 77.0f);
      for (int r = 0; r < shape.out; ++r) dense[std::size_t(r) * shape.frames + t0 + n] = outs[n][r];
    }
  }
  return dense;
}

}  // namespace

TEST_CASE("products of every instruction set agree with the reference, and both shapes bit for bit") {
  test::Random random(1);
  for (int round = 0; round < 400; ++round) {
    const Shape shape = random_shape(random);
    const network::Affine affine = random_affine(shape, random);
    const Signals signals = random_signals(shape, random);
    const bool initial = random.coin();
    INFO("round " << round << ": " << shape.out << " rows, " << shape.frames << " frames, " << shape.columns
                  << " columns");
    const std::vector<float> reference =
        run_block(*network::find_kernels(Isa::reference), affine, shape, signals, initial);
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa));
      const kernels::Kernels& k = *network::find_kernels(isa);
      const std::vector<float> block = run_block(k, affine, shape, signals, initial);
      const std::vector<float> columns = run_columns(k, affine, shape, signals, initial);
      CHECK(std::memcmp(block.data(), columns.data(), block.size() * sizeof(float)) == 0);
      CHECK(largest_difference(block, reference) <= 4e-6);
    }
  }
}

TEST_CASE("bf16 weights give the bits of f32 weights that are rounded to the nearest bf16 number") {
  test::Random random(3);
  for (int round = 0; round < 100; ++round) {
    Shape shape = random_shape(random);
    shape.precision = Precision::bf16;
    const network::Affine affine = random_affine(shape, random);
    network::Affine rounded = affine;
    for (network::Term& term : rounded.terms) {
      term.precision = Precision::f32;
      for (double& weight : term.weights) {
        // Seven bits of fraction, ties to even, by arithmetic.
        const double step = std::exp2(std::floor(std::log2(std::max(std::fabs(weight), 1e-30))) - 7);
        weight = std::nearbyint(weight / step) * step;
      }
    }
    const Signals signals = random_signals(shape, random);
    for (const Isa isa : available_isas()) {
      INFO("round " << round << ", isa " << isa_name(isa));
      const kernels::Kernels& k = *network::find_kernels(isa);
      const std::vector<float> halves = run_columns(k, affine, shape, signals, true);
      CHECK(halves == run_columns(k, rounded, shape, signals, true));
    }
  }
}

TEST_CASE("a chain goes on where its initial value stands, as look-ahead needs it") {
  test::Random random(2);
  for (int round = 0; round < 50; ++round) {
    const int out = random.whole(1, 70), in = random.whole(1, 40);
    network::Affine whole{out, {}, {}};
    for (int r = 0; r < out; ++r) whole.bias.push_back(double(random.real(-1, 1)));
    for (int t = 0; t < 2; ++t) {
      network::Term term{in, 1, {}};
      for (int i = 0; i < out * in; ++i) term.weights.push_back(double(random.real(-1, 1)));
      whole.terms.push_back(term);
    }
    const network::Affine past{out, whole.bias, {whole.terms[0]}}, newest{out, {}, {whole.terms[1]}};
    const std::vector<float> x0 = random.reals(in), x1 = random.reals(in);
    for (const Isa isa : available_isas()) {
      const kernels::Kernels& k = *network::find_kernels(isa);
      std::vector<float> direct(out), known(out), continued(out);
      const float* both[2] = {x0.data(), x1.data()};
      const float* known_in = known.data();
      float* to_direct = direct.data();
      float* to_known = known.data();
      float* to_continued = continued.data();
      k.product_columns(network::pack_columns(whole, k).view(), {.terms = both, .out = &to_direct});
      k.product_columns(network::pack_columns(past, k).view(), {.terms = &both[0], .out = &to_known});
      k.product_columns(network::pack_columns(newest, k).view(),
                        {.terms = &both[1], .initial = &known_in, .out = &to_continued});
      CHECK(std::memcmp(direct.data(), continued.data(), direct.size() * sizeof(float)) == 0);
    }
  }
}
