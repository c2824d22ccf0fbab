// Products with int8 weights: what they mean, and the same bits on every instruction set.
#include <cmath>
#include <cstring>
#include <limits>

#include "catch.hpp"
#include "network/instruction_sets.hpp"
#include "network/product.hpp"
#include "random.hpp"

namespace {

using namespace atrous;

// Weights that are whole multiples, up to `most`, of a scale per row.
network::Term random_term(int out, int in, int groups, int most, test::Random& random) {
  network::Term term{in, groups, {}, Precision::int8, {}};
  for (int r = 0; r < out; ++r) {
    const double scale = random.whole(0, 15) == 0 ? 0.0 : double(random.real(1e-4f, 1e-1f));
    term.scales.push_back(scale);
    for (int i = 0; i < in / groups; ++i) term.weights.push_back(scale * random.whole(-most, most));
  }
  return term;
}

network::Affine random_affine(test::Random& random) {
  const int groups = random.pick<int>({1, 1, 1, 2, 3});
  const int out = groups * (random.whole(0, 4) == 0 ? random.pick<int>({32, 64, 100, 128, 150}) : random.whole(1, 24));
  network::Affine affine{out, {}, {}};
  for (int r = 0; r < out; ++r) affine.bias.push_back(double(random.real(-1, 1)));
  for (int t = random.whole(1, 4); t > 0; --t) {
    const int inputs =
        random.whole(0, 4) == 0 ? random.pick<int>({64, 128, 255, 256, 257, 300, 700}) : random.whole(1, 40);
    if (random.whole(0, 3) == 0) {  // of some rows
      const int row = random.whole(0, out - 1);
      affine.terms.push_back(random_term(random.whole(1, out - row), inputs, 1, 127, random));
      affine.terms.back().row = row;
    } else {
      affine.terms.push_back(random_term(out, inputs * groups, groups, 127, random));
    }
  }
  return affine;
}

// What a product reads and adds to, a vector per column.
struct Columns {
  std::vector<std::vector<float>> terms;  // [term][column]
  std::vector<std::vector<float>> initial, added;
  int count;
};

Columns random_columns(const network::Affine& affine, int count, test::Random& random) {
  Columns columns{{}, {}, {}, count};
  for (const network::Term& term : affine.terms) {
    for (int n = 0; n < count; ++n) {
      const float size = random.pick<float>({1.0f, 1.0f, 1e-3f, 50.0f, 0.0f});
      columns.terms.push_back(random.reals(std::size_t(term.in), -size, size));
    }
  }
  for (int n = 0; n < count; ++n) {
    columns.initial.push_back(random.reals(std::size_t(affine.out)));
    columns.added.push_back(random.reals(std::size_t(affine.out)));
  }
  return columns;
}

enum class Start { bias, initial, added };

std::vector<std::vector<float>> run(const kernels::Kernels& k, const network::Affine& affine, const Columns& columns,
                                    Start start) {
  const network::Product product = network::pack_columns(affine, k);
  std::vector<std::vector<float>> out(std::size_t(columns.count),
                                      std::vector<float>(std::size_t(affine.out) + 1, 77.0f));
  std::vector<const float*> terms, initial, added;
  std::vector<float*> to;
  for (const std::vector<float>& x : columns.terms) terms.push_back(x.data());
  for (const std::vector<float>& x : columns.initial) initial.push_back(x.data());
  for (const std::vector<float>& x : columns.added) added.push_back(x.data());
  for (std::vector<float>& y : out) to.push_back(y.data());
  k.product_columns(product.view(), {.terms = terms.data(),
                                     .initial = start == Start::initial ? initial.data() : nullptr,
                                     .added = start == Start::added ? added.data() : nullptr,
                                     .out = to.data(),
                                     .columns = columns.count});
  for (std::vector<float>& y : out) {
    CHECK(y.back() == 77.0f);  // nothing is written behind the rows
    y.pop_back();
  }
  return out;
}

bool same_bits(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  for (std::size_t n = 0; n < a.size(); ++n) {
    if (std::memcmp(a[n].data(), b[n].data(), a[n].size() * sizeof(float)) != 0) return false;
  }
  return a.size() == b.size();
}

// One row of one column by the definition, in whole numbers and floats.
float defined(const network::Affine& affine, const Columns& columns, int column, int row, float y) {
  for (std::size_t t = 0; t < affine.terms.size(); ++t) {
    const network::Term& term = affine.terms[t];
    if (row < term.row || row >= term.row + term.rows()) continue;
    const int inputs = term.inputs(), own = row - term.row, group = own / (term.rows() / term.groups);
    const float* x = columns.terms[t * std::size_t(columns.count) + std::size_t(column)].data() + group * inputs;
    for (int from = 0; from < inputs; from += kernels::quantised_inputs) {
      const int to = std::min(inputs, from + kernels::quantised_inputs);
      float peak = 0;
      for (int i = from; i < to; ++i) peak = std::max(peak, std::fabs(x[i]));
      if (peak < kernels::smallest_quantised) continue;
      std::int64_t sum = 0;
      const double scale = term.scales[std::size_t(own)];
      for (int i = from; i < to; ++i) {
        const double weight = term.weights[std::size_t(own * inputs + i)];
        sum += (scale == 0 ? 0 : std::llround(weight / scale)) * std::llrint(x[i] * (127.0f / peak));
      }
      y = y + float(sum) * (float(scale) * (peak / 127.0f));
    }
  }
  return y;
}

}  // namespace

TEST_CASE("int8 products are what their definition says, on every instruction set to the bit") {
  test::Random random(11);
  for (int round = 0; round < 200; ++round) {
    const network::Affine affine = random_affine(random);
    const Columns columns = random_columns(affine, random.whole(1, kernels::max_columns), random);
    const Start start = random.pick<Start>({Start::bias, Start::initial, Start::added});
    INFO("round " << round << ": " << affine.out << " rows, " << columns.count << " columns");
    std::vector<std::vector<float>> expected;
    for (int n = 0; n < columns.count; ++n) {
      std::vector<float>& y = expected.emplace_back();
      const auto at = std::size_t(n);
      for (int r = 0; r < affine.out; ++r) {
        const auto bias = float(affine.bias[std::size_t(r)]);
        const auto row = std::size_t(r);
        const float from = start == Start::initial ? columns.initial[at][row]
                           : start == Start::added ? columns.added[at][row] + bias
                                                   : bias;
        y.push_back(defined(affine, columns, n, r, from));
      }
    }
    for (const Isa isa : available_isas()) {
      INFO("isa " << isa_name(isa));
      CHECK(same_bits(run(*network::find_kernels(isa), affine, columns, start), expected));
    }
  }
}

TEST_CASE("int8 sums do not saturate") {
  for (const int sign : {1, -1}) {
    for (const int in : {4, 255, 256, 1000, 4096}) {
      // Every product is 127 · 127, of one sign.
      network::Affine affine{33, {}, {{in, 1, {}, Precision::int8, {}}}};
      affine.terms[0].weights.assign(std::size_t(33 * in), 127.0);
      affine.terms[0].scales.assign(33, 1.0);
      const Columns columns{
          std::vector<std::vector<float>>(3, std::vector<float>(std::size_t(in), float(sign) * 127.0f)), {}, {}, 3};
      for (const Isa isa : available_isas()) {
        INFO("isa " << isa_name(isa) << ", " << in << " inputs");
        for (const std::vector<float>& y : run(*network::find_kernels(isa), affine, columns, Start::bias)) {
          for (const float value : y) CHECK(value == float(sign * 127 * 127 * in));
        }
      }
    }
  }
}

TEST_CASE("int8 inputs that are silence or no numbers stay what they are") {
  test::Random random(12);
  network::Affine affine{20, {}, {random_term(20, 19, 1, 127, random)}};
  affine.bias.assign(20, 0.5);
  affine.terms[0].scales.assign(20, 0.25);
  const auto of = [&](float value) { return Columns{{std::vector<float>(19, value)}, {}, {}, 1}; };
  for (const Isa isa : available_isas()) {
    INFO("isa " << isa_name(isa));
    const kernels::Kernels& k = *network::find_kernels(isa);
    CHECK(run(k, affine, of(0.0f), Start::bias)[0] == std::vector<float>(20, 0.5f));
    CHECK(run(k, affine, of(1e-31f), Start::bias)[0] == std::vector<float>(20, 0.5f));
    CHECK(run(k, affine, of(-std::numeric_limits<float>::denorm_min()), Start::bias)[0] ==
          std::vector<float>(20, 0.5f));
    const auto unknown = run(k, affine, of(std::numeric_limits<float>::quiet_NaN()), Start::bias);
    for (const float y : unknown[0]) CHECK(std::isnan(y));
  }
}

TEST_CASE("an int8 chain goes on where its initial value stands, as look-ahead needs it") {
  test::Random random(13);
  for (int round = 0; round < 30; ++round) {
    const int out = random.whole(1, 70), in = random.whole(1, 300);
    network::Affine whole{out, {}, {random_term(out, in, 1, 127, random), random_term(out, in, 1, 127, random)}};
    for (int r = 0; r < out; ++r) whole.bias.push_back(double(random.real(-1, 1)));
    const network::Affine past{out, whole.bias, {whole.terms[0]}}, newest{out, {}, {whole.terms[1]}};
    const Columns columns = random_columns(whole, 2, random);
    for (const Isa isa : available_isas()) {
      const kernels::Kernels& k = *network::find_kernels(isa);
      const auto direct = run(k, whole, columns, Start::bias);
      const auto known = run(k, past, {{columns.terms[0], columns.terms[1]}, {}, {}, 2}, Start::bias);
      const auto continued = run(k, newest, {{columns.terms[2], columns.terms[3]}, known, {}, 2}, Start::initial);
      CHECK(same_bits(direct, continued));
    }
  }
}
