// Bass, middle and treble: three biquads of R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter
// coefficients". At 0 dB a band is not there.
#pragma once

#include <array>

#include "chain/block.hpp"
#include "chain/parameters.hpp"
#include "chain/ramp.hpp"

namespace plugin {

class ToneStack {
 public:
  void prepare(double sample_rate) noexcept;
  void reset(const Settings& settings) noexcept;
  void process(Block& block, const Settings& settings, int ramp) noexcept;

 private:
  enum class Shape { low_shelf, bell, high_shelf };
  struct Band {
    Parameter parameter;
    Shape shape;
    double hz;

    void design(double sample_rate) noexcept;
    template <int channels>
    void run(const Block& block, int begin, int end) noexcept;

    Ramp db{0};
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
    std::array<double, max_channels> first{}, second{};  // what it remembers
  };
  void process(Block& block, Band& band) noexcept;

  std::array<Band, 3> bands_{Band{bass, Shape::low_shelf, 120}, Band{middle, Shape::bell, 700},
                             Band{treble, Shape::high_shelf, 3000}};
  double sample_rate_ = 48000;
};

}  // namespace plugin
