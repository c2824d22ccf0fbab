// The mel front end against closed forms and a direct computation in double precision.
#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/features.hpp>

#include "catch.hpp"
#include "dsp/fft.hpp"
#include "features/mel.hpp"
#include "features/waveform.hpp"
#include "model/access.hpp"
#include "model/model_data.hpp"

namespace {

using atrous::ErrorCode;
using atrous::FeatureMatrix;
using atrous::Model;
using atrous::features::hz_to_mel;
using atrous::features::mel_to_hz;
using atrous::model::Features;
using atrous::model::LogBase;
using atrous::model::MelScale;
using atrous::model::ModelData;

std::vector<float> noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
  std::vector<float> values(size);
  for (float& value : values) value = uniform(random);
  return values;
}

ModelData with_features(const Features& features, unsigned seed = 1) {
  ModelData data;
  data.name = "test.safetensors";
  data.config.sample_rate = features.sample_rate;
  data.config.features = features;
  if (features.normalized) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(0.5f, 2.0f);
    for (const char* name : {"features.mean", "features.scale"}) {
      atrous::Tensor tensor{{features.bins}, std::vector<float>(std::size_t(features.bins))};
      for (float& value : tensor.values) value = uniform(random);
      data.tensors[name] = tensor;
    }
  }
  return data;
}

Model model_of(ModelData data) {
  return Model::Access::make(std::move(data));
}

// All of it again, directly, in double precision: the whole filter bank as a matrix, the transform as sums.
class DirectFrontEnd {
 public:
  DirectFrontEnd(const Features& features, const ModelData& data) : f_(features), data_(data) {}

  std::vector<double> frame(const std::vector<float>& audio, std::size_t index) const {
    const std::vector<double> power = spectrum(audio, index);
    std::vector<double> result;
    for (int band = 0; band < f_.bins; ++band) {
      double mel = 0;
      for (std::size_t k = 0; k < power.size(); ++k) mel += weight(band, k) * power[k];
      if (f_.log_base == LogBase::e) mel = f_.log_scale * std::log(std::max(f_.floor, mel)) + f_.log_offset;
      if (f_.log_base == LogBase::ten) mel = f_.log_scale * std::log10(std::max(f_.floor, mel)) + f_.log_offset;
      if (f_.normalized) {
        const auto b = std::size_t(band);
        mel = (mel - double(data_.tensors.at("features.mean").values[b])) /
              double(data_.tensors.at("features.scale").values[b]);
      }
      if (f_.clip_min) mel = std::max(mel, double(*f_.clip_min));
      if (f_.clip_max) mel = std::min(mel, double(*f_.clip_max));
      result.push_back(mel);
    }
    return result;
  }

 private:
  double edge(int i) const {
    const auto mel = [&](double hz) {
      if (f_.mel_scale == MelScale::htk) return 1127.01048 * std::log(1 + hz / 700);
      return hz < 1000 ? 3 * hz / 200 : 15 + 27 * std::log(hz / 1000) / std::log(6.4);
    };
    const auto hz = [&](double m) {
      if (f_.mel_scale == MelScale::htk) return 700 * (std::exp(m / 1127.01048) - 1);
      return m < 15 ? 200 * m / 3 : 1000 * std::pow(6.4, (m - 15) / 27);
    };
    return hz(mel(f_.fmin) + (mel(f_.fmax) - mel(f_.fmin)) * i / (f_.bins + 1));
  }
  double weight(int band, std::size_t k) const {
    const double hz = double(k) * f_.sample_rate / f_.fft, a = edge(band), b = edge(band + 1), c = edge(band + 2);
    const double triangle = std::max(0.0, std::min((hz - a) / (b - a), (c - hz) / (c - b)));
    return f_.slaney_norm ? triangle * 2 / (c - a) : triangle;
  }
  std::vector<double> spectrum(const std::vector<float>& audio, std::size_t index) const {
    const int left = (f_.fft - f_.window) / 2, size = int(audio.size());
    std::vector<double> result;
    for (int k = 0; k <= f_.fft / 2; ++k) {
      std::complex<double> sum = 0;
      for (int n = 0; n < f_.window; ++n) {
        int at = int(index) * f_.hop + left + n - (f_.centered ? f_.fft / 2 : 0);
        while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
        const double hann = std::pow(std::sin(std::numbers::pi * n / f_.window), 2);
        sum += hann * double(audio[std::size_t(at)]) *
               std::polar(1.0, -2 * std::numbers::pi * double(k) * (left + n) / f_.fft);
      }
      result.push_back(std::pow(std::abs(sum), f_.power));
    }
    return result;
  }

  Features f_;
  const ModelData& data_;
};

void compare_with_direct(const Features& features, std::size_t samples, unsigned seed) {
  const ModelData data = with_features(features, seed);
  const std::vector<float> audio = noise(samples, seed);
  const FeatureMatrix found = atrous::compute_features(model_of(data), audio, features.sample_rate);
  REQUIRE(found.bins == std::size_t(features.bins));
  REQUIRE(found.values.size() == found.frames * found.bins);
  const DirectFrontEnd direct(features, data);
  for (std::size_t frame = 0; frame < found.frames; ++frame) {
    const std::vector<double> expected = direct.frame(audio, frame);
    for (std::size_t bin = 0; bin < found.bins; ++bin) {
      CHECK(double(found.values[frame * found.bins + bin]) == Approx(expected[bin]).epsilon(2e-5).margin(2e-5));
    }
  }
}

}  // namespace

TEST_CASE("the Slaney scale is linear to 1000 Hz, mel 15, then logarithmic; HTK's is logarithmic throughout") {
  CHECK(hz_to_mel(0, MelScale::slaney) == 0);
  CHECK(hz_to_mel(200, MelScale::slaney) == Approx(3));
  CHECK(hz_to_mel(1000, MelScale::slaney) == Approx(15));
  CHECK(hz_to_mel(999.9999, MelScale::slaney) == Approx(15).epsilon(1e-6));
  CHECK(hz_to_mel(6400, MelScale::slaney) == Approx(42));
  CHECK(hz_to_mel(1000, MelScale::htk) == Approx(999.9855));
  CHECK(hz_to_mel(700, MelScale::htk) == Approx(2595 * std::log10(2.0)));
  for (const MelScale scale : {MelScale::slaney, MelScale::htk}) {
    for (double hz = 0; hz < 12000; hz += 333.3) {
      CHECK(mel_to_hz(hz_to_mel(hz, scale), scale) == Approx(hz).margin(1e-9));
    }
  }
}

TEST_CASE("mel bands with Slaney's norm have area 1 over Hz, without it peak 1") {
  Features features{.sample_rate = 16000, .fft = 16384, .window = 16384, .bins = 20, .fmin = 100, .fmax = 7000};
  for (const bool norm : {true, false}) {
    features.slaney_norm = norm;
    for (const auto& band : atrous::features::mel_bands(features)) {
      double area = 0, peak = 0;
      for (const double weight : band.weights) area += weight * 16000 / 16384, peak = std::max(peak, weight);
      if (norm) CHECK(area == Approx(1).epsilon(1e-3));
      if (!norm) CHECK(peak == Approx(1).epsilon(0.02));
    }
  }
}

TEST_CASE("the front end equals a direct computation, for the front ends in use and odd ones") {
  Features r9y9{.sample_rate = 22050,
                .fft = 256,
                .window = 256,
                .hop = 64,
                .bins = 20,
                .fmin = 125,
                .fmax = 7600,
                .floor = 1e-10,
                .normalized = true};
  compare_with_direct(r9y9, 1000, 1);
  Features tacotron{.sample_rate = 16000, .fft = 256, .window = 200, .hop = 50, .bins = 16, .log_base = LogBase::e};
  compare_with_direct(tacotron, 777, 2);
  Features older{.sample_rate = 22050,
                 .fft = 128,
                 .window = 128,
                 .hop = 32,
                 .bins = 10,
                 .fmax = 11025,
                 .log_scale = 20,
                 .log_offset = -20,
                 .clip_min = -41.0f,
                 .clip_max = -35.0f};
  compare_with_direct(older, 300, 3);
  Features htk{.sample_rate = 8000,
               .fft = 100,
               .window = 75,
               .hop = 33,
               .bins = 7,
               .centered = false,
               .fmin = 50,
               .fmax = 3000,
               .mel_scale = MelScale::htk,
               .slaney_norm = false,
               .power = 2,
               .log_base = LogBase::none};
  compare_with_direct(htk, 400, 4);
  Features odd{.sample_rate = 8000, .fft = 101, .window = 60, .hop = 7, .bins = 5, .fmax = 4000, .power = 1.5};
  compare_with_direct(odd, 30, 5);
}

TEST_CASE("there are 1 + n/hop centred frames, none of silence without end, and whole ones otherwise") {
  Features features{.sample_rate = 16000, .fft = 64, .window = 64, .hop = 16, .bins = 4};
  for (const std::size_t samples : {1, 15, 16, 17, 160, 1000}) {
    CHECK(atrous::compute_features(model_of(with_features(features)), noise(samples, 1), 16000).frames ==
          1 + samples / 16);
  }
  CHECK(atrous::compute_features(model_of(with_features(features)), {}, 16000).frames == 0);
  features.centered = false;
  CHECK(atrous::compute_features(model_of(with_features(features)), noise(63, 1), 16000).frames == 0);
  CHECK(atrous::compute_features(model_of(with_features(features)), noise(80, 1), 16000).frames == 2);
}

TEST_CASE("a sine's energy falls into the band around its frequency") {
  const Features features{.sample_rate = 16000, .fft = 1024, .window = 1024, .hop = 256, .bins = 40, .fmax = 8000};
  const Model model = model_of(with_features(features));
  for (const double hz : {440.0, 1000.0, 2500.0, 6100.0}) {
    std::vector<float> sine(4096);
    for (std::size_t n = 0; n < sine.size(); ++n) {
      sine[n] = float(0.5 * std::sin(2 * std::numbers::pi * hz * double(n) / 16000));
    }
    const FeatureMatrix found = atrous::compute_features(model, sine, 16000);
    const auto row = found.values.begin() + std::ptrdiff_t(8 * found.bins);
    const auto loudest = double(std::max_element(row, row + std::ptrdiff_t(found.bins)) - row);
    const double step = hz_to_mel(8000, MelScale::slaney) / 41;  // band b peaks at mel (b+1)·step
    CHECK(std::abs((loudest + 1) * step - hz_to_mel(hz, MelScale::slaney)) <= 0.75 * step);
  }
}

TEST_CASE("audio at another rate, a model without a front end and zero scales are refused") {
  const auto code = [](const ModelData& data, double rate) {
    try {
      atrous::compute_features(model_of(data), noise(100, 1), rate);
    } catch (const atrous::Error& error) {
      return int(error.code());
    }
    return -1;
  };
  CHECK(code(ModelData{}, 16000) == int(ErrorCode::invalid));
  CHECK(code(with_features({}), 44100) == int(ErrorCode::argument));
  ModelData zero = with_features({.normalized = true});
  zero.tensors["features.scale"].values[3] = 0;
  CHECK(code(zero, 16000) == int(ErrorCode::invalid));
  ModelData few = with_features({.normalized = true});
  few.tensors["features.mean"].values.pop_back();
  CHECK(code(few, 16000) == int(ErrorCode::invalid));
}

TEST_CASE("features are those of the audio after its high-pass, or after all of its shaping") {
  Features features{.sample_rate = 16000, .fft = 256, .window = 256, .hop = 64, .bins = 12};
  ModelData plain = with_features(features);
  ModelData shaped = plain;
  shaped.config.waveform = {.highpass_hz = 70, .gain = 0.55, .preemphasis = 0.85};
  const std::vector<float> audio = noise(1500, 9);
  const FeatureMatrix unshaped = atrous::compute_features(model_of(plain), audio, 16000);
  atrous::features::Highpass highpass(shaped.config.waveform, 16000);
  std::vector<float> high = highpass.append(audio);
  for (const float sample : highpass.finish()) high.push_back(sample);
  CHECK(atrous::compute_features(model_of(shaped), audio, 16000).values ==
        atrous::compute_features(model_of(plain), high, 16000).values);
  CHECK(atrous::compute_features(model_of(shaped), audio, 16000).values != unshaped.values);
  shaped.config.features->of_shaped_audio = true;
  const std::vector<float> heard = atrous::shape_waveform(model_of(shaped), audio);
  shaped.config.waveform.mulaw = 255;  // which the network alone reads
  CHECK(atrous::compute_features(model_of(shaped), audio, 16000).values ==
        atrous::compute_features(model_of(plain), heard, 16000).values);
  CHECK(atrous::compute_features(model_of(shaped), audio, 16000).values != unshaped.values);
}

TEST_CASE("features of a sound that arrives in pieces are those of the whole, to the bit") {
  std::mt19937 random(31);
  for (const bool centered : {true, false}) {
    ModelData data =
        with_features({.sample_rate = 16000, .fft = 256, .window = 200, .hop = 60, .bins = 12, .centered = centered});
    data.config.waveform = {.highpass_hz = 70, .highpass_taps = 31, .gain = 0.55, .preemphasis = 0.85};
    for (const std::size_t size : {0, 1, 100, 255, 256, 1500, 9000}) {
      const std::vector<float> audio = noise(size, unsigned(size + 1));
      const FeatureMatrix whole = atrous::compute_features(model_of(data), audio, 16000);
      atrous::FeatureExtractor extractor(model_of(data), 16000);
      FeatureMatrix cut{.bins = 12};
      const auto join = [&](const FeatureMatrix& more) {
        cut.frames += more.frames;
        cut.values.insert(cut.values.end(), more.values.begin(), more.values.end());
      };
      for (std::size_t at = 0; at < size;) {
        const std::size_t count = std::min<std::size_t>(1 + random() % 700, size - at);
        join(extractor.append(std::span(audio).subspan(at, count)));
        at += count;
      }
      join(extractor.finish());
      CHECK(cut.frames == whole.frames);
      CHECK(cut.frames == (centered ? (size == 0 ? 0 : 1 + size / 60) : size < 256 ? 0 : 1 + (size - 256) / 60));
      CHECK(cut.values == whole.values);
    }
  }
}
