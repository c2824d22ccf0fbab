// The real FFT against a direct transform in double precision, and the STFT's framing.
#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <thread>
#include <vector>

#include <atrous/error.hpp>

#include "catch.hpp"
#include "dsp/fft.hpp"
#include "dsp/stepped_fft.hpp"
#include "dsp/stft.hpp"

namespace {

using atrous::dsp::ComplexFft;
using atrous::dsp::RealFft;
using atrous::dsp::SteppedFft;
using Bins = std::vector<std::complex<float>>;

std::vector<float> noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(size);
  for (float& value : values) value = uniform(random);
  return values;
}

Bins complex_noise(std::size_t size, unsigned seed) {
  const std::vector<float> parts = noise(2 * size, seed);
  Bins bins(size);
  for (std::size_t i = 0; i < size; ++i) bins[i] = {parts[2 * i], parts[2 * i + 1]};
  return bins;
}

std::vector<std::complex<double>> direct_dft(const std::vector<float>& time) {
  const std::size_t size = time.size();
  std::vector<std::complex<double>> bins(size / 2 + 1);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    for (std::size_t n = 0; n < size; ++n) {
      bins[k] += double(time[n]) * std::polar(1.0, -2 * std::numbers::pi * double(k * n % size) / double(size));
    }
  }
  return bins;
}

}  // namespace

TEST_CASE("the real FFT equals the direct transform, and its inverse returns the signal times the size") {
  for (const int size : {2, 3, 8, 15, 100, 511, 512, 600, 622}) {
    const std::vector<float> time = noise(std::size_t(size), unsigned(size));
    const std::vector<std::complex<double>> expected = direct_dft(time);
    const RealFft fft(size);
    std::vector<std::complex<float>> bins(std::size_t(fft.bins()));
    fft.forward(time.data(), bins.data());
    for (std::size_t k = 0; k < bins.size(); ++k) {
      CHECK(std::abs(std::complex<double>(bins[k]) - expected[k]) < 1e-6 * size);
    }
    std::vector<float> back(time.size());
    fft.inverse(bins.data(), back.data());
    for (std::size_t n = 0; n < time.size(); ++n) CHECK(std::abs(back[n] / float(size) - time[n]) < 2e-6f);
  }
}

TEST_CASE("complex FFTs of strided columns equal the direct transform, both ways") {
  for (const ComplexFft::Layout& layout :
       {ComplexFft::Layout{2, 1, 1, 1}, {64, 1, 1, 1}, {16, 4, 4, 12}, {8, 3, 9, 3}}) {
    const ComplexFft fft(layout);
    const Bins in = complex_noise(std::size_t(layout.size * layout.in_stride), 3);
    for (const int sign : {-1, 1}) {
      Bins out(std::size_t(layout.size * layout.out_stride));
      sign < 0 ? fft.forward(in.data(), out.data()) : fft.inverse(in.data(), out.data());
      for (int i = 0; i < layout.count; ++i) {
        for (int k = 0; k < layout.size; ++k) {
          std::complex<double> expected = 0;
          for (int n = 0; n < layout.size; ++n) {
            expected += std::complex<double>(in[std::size_t(n * layout.in_stride + i)]) *
                        std::polar(1.0, sign * 2 * std::numbers::pi * n * k / layout.size);
          }
          CHECK(std::abs(std::complex<double>(out[std::size_t(k * layout.out_stride + i)]) - expected) < 1e-5);
        }
      }
    }
  }
}

TEST_CASE("a transform in steps gives the bins between bins, and the way back their upper half") {
  for (const int size : {32, 64, 128, 1024, 4096, 16384}) {
    const SteppedFft fft(size);
    const std::vector<float> x = noise(std::size_t(2 * size), 5);
    const std::size_t count = fft.size();
    Bins work(count), bins(count);
    for (int step = 0; step < fft.column_steps(); ++step) fft.forward_columns(step, x.data(), work.data());
    for (int row = 0; row < fft.rows(); ++row) {
      fft.forward_row(row, work.data(), bins.data() + row * fft.row_length());
    }
    for (int place = 0; place<size; place += size> 1024 ? 997 : 5) {
      const int k = place / fft.row_length() + fft.rows() * (place % fft.row_length());
      std::complex<double> expected = 0;
      for (int n = 0; n < 2 * size; ++n) {
        const double turns = double((4LL * k + 1) * n % (4LL * size)) / (4.0 * size);
        expected += double(x[std::size_t(n)]) * std::polar(1.0, -2 * std::numbers::pi * turns);
      }
      CHECK(std::abs(std::complex<double>(bins[std::size_t(place)]) - expected) < 2e-5 * std::sqrt(size));
    }
    std::vector<float> upper(count, 7.0f);
    std::fill(work.begin(), work.end(), std::complex<float>(7.0f));
    for (int row = 0; row < fft.rows(); ++row) {
      fft.inverse_row(row, bins.data() + row * fft.row_length(), work.data());
    }
    for (int step = 0; step < fft.column_steps(); ++step) fft.inverse_columns(step, work.data(), upper.data());
    for (int n = 0; n < size; ++n)
      CHECK(std::abs(upper[std::size_t(n)] / float(size) - x[std::size_t(size + n)]) < 1e-6f);
  }
}

TEST_CASE("FFT sizes out of range are refused") {
  for (const int size : {0, 16, 48, 32768}) CHECK_THROWS_AS(SteppedFft(size), atrous::Error);
  for (const int size : {1, 12, 2048}) CHECK_THROWS_AS(ComplexFft({size}), atrous::Error);
  CHECK_THROWS_AS(ComplexFft({8, 4, 3, 4}), atrous::Error);

  CHECK_THROWS_AS(RealFft(1), atrous::Error);
  CHECK_THROWS_AS(RealFft(-4), atrous::Error);
  CHECK_THROWS_AS(RealFft(atrous::dsp::max_fft_size + 1), atrous::Error);
}

TEST_CASE("threads that plan and share FFTs get the same bits") {
  const std::vector<float> time = noise(1024, 7);
  const RealFft shared(1024);
  std::vector<std::complex<float>> expected(513);
  shared.forward(time.data(), expected.data());
  std::vector<int> equal(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < equal.size(); ++t) {
    threads.emplace_back([&, t] {
      equal[t] = 1;
      for (int i = 0; i < 50; ++i) {
        std::vector<std::complex<float>> bins(513);
        const RealFft own(1024);
        (i % 2 == 0 ? own : shared).forward(time.data(), bins.data());
        if (bins != expected) equal[t] = 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(equal == std::vector<int>(4, 1));
}

TEST_CASE("the Hann window is periodic and centred in the frame") {
  const std::vector<double> whole = atrous::dsp::hann_window(8, 8);
  CHECK(whole[0] == 0.0);
  CHECK(whole[4] == Approx(1.0));
  CHECK(whole[2] == Approx(0.5));
  CHECK(whole[1] == Approx(whole[7]));
  const std::vector<double> padded = atrous::dsp::hann_window(5, 10);  // two zeros to the left, three to the right
  for (const int i : {0, 1, 2, 7, 8, 9}) CHECK(padded[std::size_t(i)] == 0.0);
  CHECK(padded[3] == Approx(0.5 - 0.5 * std::cos(2 * std::numbers::pi / 5)));
  CHECK_THROWS_AS(atrous::dsp::hann_window(9, 8), atrous::Error);
  CHECK_THROWS_AS(atrous::dsp::hann_window(0, 8), atrous::Error);
}

TEST_CASE("frames are counted and placed as documented") {
  using atrous::dsp::frame_count;
  using atrous::dsp::frame_start;
  CHECK(frame_count(0, 16, 4, true) == 0);
  CHECK(frame_count(1, 16, 4, true) == 1);
  CHECK(frame_count(4, 16, 4, true) == 2);
  CHECK(frame_count(1000, 16, 4, true) == 251);
  CHECK(frame_count(15, 16, 4, false) == 0);
  CHECK(frame_count(16, 16, 4, false) == 1);
  CHECK(frame_count(20, 16, 4, false) == 2);
  CHECK(frame_start(0, 16, 4, true) == -8);
  CHECK(frame_start(3, 16, 4, true) == 4);
  CHECK(frame_start(3, 16, 4, false) == 12);
}

TEST_CASE("STFT magnitudes mirror the ends of the signal, and short signals as often as it takes") {
  for (const int size : {1, 2, 3, 7, 40}) {
    const std::vector<float> audio = noise(std::size_t(size), 11);
    const int fft = 16, window = 12;
    std::vector<float> mirrored;  // audio[-20 .. size+20)
    for (int i = -20; i < size + 20; ++i) {
      int at = i;
      while (at < 0 || at >= size) at = size == 1 ? 0 : (at < 0 ? -at : 2 * (size - 1) - at);
      mirrored.push_back(audio[std::size_t(at)]);
    }
    const std::vector<double> hann = atrous::dsp::hann_window(window, fft);
    atrous::dsp::Stft stft(fft, window);
    atrous::dsp::SignalWindow signal;
    signal.append(audio);
    signal.finish();
    std::vector<float> magnitudes(std::size_t(stft.bins()));
    for (int start = -8; start <= size; start += 3) {
      std::vector<float> frame(fft);
      for (std::size_t i = 0; i < frame.size(); ++i) {
        frame[i] = float(hann[i] * double(mirrored[std::size_t(start + 20) + i]));
      }
      const std::vector<std::complex<double>> expected = direct_dft(frame);
      stft.magnitudes(signal, start, magnitudes);
      for (std::size_t k = 0; k < magnitudes.size(); ++k) {
        CHECK(double(magnitudes[k]) == Approx(std::abs(expected[k])).margin(1e-5));
      }
    }
  }
}
