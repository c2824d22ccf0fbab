// Layers of LSTM and GRU cells: every instruction set against the equations, and the same bits however the frames are
// cut.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "catch.hpp"
#include "network/instruction_sets.hpp"
#include "random.hpp"
#include "stream/cells.hpp"

namespace {

using namespace atrous;

// As a file has it: rows i, f, g, o or z, r, n, columns input | hidden.
struct Layer {
  model::PostKind kind;
  int inputs, cells;
  std::vector<double> weights, bias;
  std::vector<float> hidden, cell;
};

Layer random_layer(model::PostKind kind, int inputs, int cells, test::Random& random) {
  const auto doubles = [&](std::size_t count, float most) {
    const std::vector<float> values = random.reals(count, -most, most);
    return std::vector<double>(values.begin(), values.end());
  };
  return {kind,
          inputs,
          cells,
          doubles(std::size_t(model::gates(kind) * cells) * std::size_t(inputs + cells), 0.7f),
          doubles(std::size_t(model::cell_biases * cells), 1),
          random.reals(cells),
          random.reals(cells)};
}

constexpr int stride = 80;

// Planar outputs [cells][frames] for planar inputs [inputs][frames].
std::vector<float> run(const Layer& layer, Isa isa, const std::vector<float>& in, int frames,
                       const std::vector<int>& blocks) {
  const kernels::Kernels& k = *network::find_kernels(isa);
  network::CellsPlan plan =
      network::make_cells(layer.kind, {layer.inputs, layer.cells}, layer.weights, layer.bias, k.lanes);
  plan.hidden = layer.hidden;
  plan.cell = layer.cell;
  stream::Arena arena;
  const stream::Cells cells(plan, arena);
  arena.allocate();
  cells.reset(arena);
  std::vector<float> x(layer.inputs * stride), h(layer.cells * stride + 1, 7.0f), out(layer.cells * frames);
  for (int t = 0, block = 0; t < frames; ++block) {
    const int count = std::min(blocks[block % blocks.size()], frames - t);
    for (int i = 0; i < layer.inputs; ++i) {
      std::copy_n(in.begin() + i * frames + t, count, x.begin() + i * stride);
    }
    cells.run(k, arena, {x.data(), stride}, count, {h.data(), stride});
    for (int i = 0; i < layer.cells; ++i) {
      std::copy_n(h.begin() + i * stride, count, out.begin() + i * frames + t);
      CHECK(h[i * stride + 64] == 7.0f);  // never written
    }
    t += count;
  }
  return out;
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

std::vector<double> by_equations(const Layer& layer, const std::vector<float>& in, int frames) {
  const int columns = layer.inputs + layer.cells;
  std::vector<double> h(layer.hidden.begin(), layer.hidden.end()), c(layer.cell.begin(), layer.cell.end());
  std::vector<double> out(layer.cells * frames);
  for (int t = 0; t < frames; ++t) {
    // What the columns from `first` to `end` add to a row.
    const auto sum = [&](int row, int first, int end) {
      double result = 0;
      for (int i = first; i < end; ++i) {
        const double x = i < layer.inputs ? double(in[i * frames + t]) : h[i - layer.inputs];
        result += layer.weights[row * columns + i] * x;
      }
      return result;
    };
    std::vector<double> next(layer.cells);
    for (int i = 0; i < layer.cells; ++i) {
      const auto row = [&](int gate) { return gate * layer.cells + i; };
      const auto whole = [&](int gate) { return layer.bias[row(gate)] + sum(row(gate), 0, columns); };
      if (layer.kind == model::PostKind::gru) {
        const double z = sigmoid(whole(0)), r = sigmoid(whole(1));
        const double n_x = layer.bias[row(2)] + sum(row(2), 0, layer.inputs);
        const double n_h = layer.bias[row(3)] + sum(row(2), layer.inputs, columns);
        next[i] = z * h[i] + (1 - z) * std::tanh(n_x + r * n_h);
      } else {
        c[i] = sigmoid(whole(1)) * c[i] + sigmoid(whole(0)) * std::tanh(whole(2));
        next[i] = sigmoid(whole(3)) * std::tanh(c[i]);
      }
    }
    h = next;
    for (int i = 0; i < layer.cells; ++i) out[i * frames + t] = h[i];
  }
  return out;
}

constexpr model::PostKind kinds[] = {model::PostKind::lstm, model::PostKind::gru};

const char* name_of(const Layer& layer) {
  return layer.kind == model::PostKind::gru ? "GRU, " : "LSTM, ";
}

}  // namespace

TEST_CASE("cells of every instruction set follow their equations, in any blocks the same") {
  test::Random random(41);
  for (const int cells : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 24, 25, 32, 40, 47}) {
    for (const model::PostKind kind : kinds) {
      const Layer layer = random_layer(kind, random.pick<int>({1, 1, 2, 3, 8, 17}), cells, random);
      const int frames = random.whole(65, 200);
      const std::vector<float> in = random.reals(layer.inputs * frames);
      const std::vector<double> expected = by_equations(layer, in, frames);
      for (const Isa isa : available_isas()) {
        INFO(name_of(layer) << layer.inputs << " inputs, " << cells << " cells, isa " << isa_name(isa));
        const std::vector<float> whole = run(layer, isa, in, frames, {64});
        for (std::size_t i = 0; i < whole.size(); ++i) {
          REQUIRE(double(whole[i]) == Approx(expected[i]).margin(5e-6));
        }
        for (const std::vector<int>& blocks : std::vector<std::vector<int>>{{1}, {7}, {16}, {63, 2, 31}}) {
          const std::vector<float> cut = run(layer, isa, in, frames, blocks);
          CHECK(std::memcmp(whole.data(), cut.data(), whole.size() * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("cells that saturate stay finite and right") {
  test::Random random(42);
  for (const model::PostKind kind : kinds) {
    Layer layer = random_layer(kind, 1, 11, random);
    for (double& weight : layer.weights) weight *= 40;
    constexpr int frames = 300;
    std::vector<float> in = random.reals(frames, -100, 100);
    in[50] = 1e30f;
    in[51] = -1e30f;
    for (double& b : layer.bias) b = b < 0 ? -60 : 60;  // gates wide open or shut
    const std::vector<double> expected = by_equations(layer, in, frames);
    for (const Isa isa : available_isas()) {
      INFO(name_of(layer) << "isa " << isa_name(isa));
      const std::vector<float> out = run(layer, isa, in, frames, {64});
      for (std::size_t i = 0; i < out.size(); ++i) {
        REQUIRE(double(out[i]) == Approx(expected[i]).margin(1e-4));
      }
    }
  }
}
