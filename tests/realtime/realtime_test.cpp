// The real-time contract: process, prime, fill and reset neither allocate, free, lock nor call the system, and leave
// the caller's floating-point state alone. The first test shows that each of these would be noticed.
#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>

#include <atrous/atrous.h>
#include <atrous/effect.hpp>
#include <atrous/error.hpp>
#include <atrous/generator.hpp>

#include "catch.hpp"
#include "chain_files.hpp"
#include "film_files.hpp"
#include "hyper_files.hpp"
#include "real_time_watch.hpp"
#include "slim_files.hpp"

namespace {

using namespace atrous;

Model effect_model() {
  test::Random random(5);
  test::Json nam = test::random_nam(random);
  nam["config"]["layers"][1]["head_size"] = 1;
  nam["weights"].erase(nam["weights"].end() - 5, nam["weights"].end() - 1);  // a head of one row: 3 weights, 1 bias
  return test::parse(nam.dump());
}

}  // namespace

#ifdef ATROUS_CAN_WATCH
namespace {
template <class T>
void lock_and_unlock(T& mutex) {
  const std::lock_guard guard(mutex);
}
}  // namespace

TEST_CASE("what would break the real-time contract is noticed") {
  void* volatile p = nullptr;  // so that no compiler takes a pair of calls away
  const auto aligned = [&] {
    void* at = nullptr;
    if (posix_memalign(&at, 64, 100) == 0) p = at;
  };
  const Counts allocation{1, 0, 0}, release{0, 1, 0}, lock{0, 0, 1};
  for (const std::function<void()>& allocate : std::initializer_list<std::function<void()>>{
           [&] { p = std::malloc(100); }, [&] { p = std::calloc(10, 10); }, [&] { p = std::aligned_alloc(64, 128); },
           [&] { p = memalign(64, 100); }, aligned, [&] { p = ::operator new(100); },
           [&] { p = ::operator new(100, std::align_val_t(64)); }}) {
    CHECK(counts(allocate) == allocation);
    CHECK(p != nullptr);
    CHECK(counts([&] { p = std::realloc(p, 5000); }) == allocation);
    CHECK(counts([&] { std::free(p); }) == release);
  }
  p = ::operator new(100);
  CHECK(counts([&] { ::operator delete(p); }) == release);

  std::mutex mutex;
  std::shared_mutex shared;
  sem_t semaphore;
  pthread_spinlock_t spin;
  REQUIRE(sem_init(&semaphore, 0, 1) == 0);
  REQUIRE(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
  CHECK(counts([&] { lock_and_unlock(mutex); }) == lock);
  CHECK(counts([&] { CHECK(mutex.try_lock()); }).locks == 1);
  mutex.unlock();
  CHECK(counts([&] { lock_and_unlock(shared); }) == lock);
  CHECK(counts([&] { const std::shared_lock guard(shared); }) == lock);
  CHECK(counts([&] { sem_wait(&semaphore); }) == lock);
  CHECK(counts([&] { pthread_spin_lock(&spin); }) == lock);

  CHECK(runs_without_system_calls([] {}));
  CHECK_FALSE(runs_without_system_calls([] { syscall(SYS_getppid); }));
}

TEST_CASE("what the library allocates, frees and asks of the system is noticed") {
  const Network network(effect_model());
  const Counts made = counts([&] { const Effect effect(network, {.sample_rate = 44100.0}); });
  CHECK(made.allocations > 10);
  CHECK(made.frees == made.allocations);
  CHECK_FALSE(runs_without_system_calls([] {
    try {
      Model::load("/nowhere/at/all.nam");
    } catch (const Error&) {
    }
  }));
}
#endif

TEST_CASE("an effect's process and reset keep the real-time contract") {
  const Network network(effect_model());
  for (const std::optional<double> rate : test::Rates{{}, 48000.0, 96000.0}) {
    for (const int channels : {1, 2}) {
      INFO("host rate " << rate.value_or(0) << ", channels " << channels);
      Effect effect(network, {rate, 300, channels});
      std::vector<float> samples(1000 * channels, 0.3f);
      samples[7] = std::numeric_limits<float>::quiet_NaN();
      std::vector<float*> rows;
      for (int c = 0; c < channels; ++c) rows.push_back(samples.data() + 1000 * c);
      check_real_time([&] {
        for (const std::size_t frames : {300, 1, 64, 0, 17, 299, 1000}) effect.process(rows, rows, frames);
        effect.reset();
        effect.process(rows, rows, 300);
      });
    }
  }
}

TEST_CASE("effects of every kind keep the real-time contract") {
  test::Random random(6);
  test::Json conditioned = test::random_film_nam(random, 255, 1);
  conditioned["config"]["condition_dsp"] = test::random_film_nam(random, 165, 1);
  test::Json keras = {{"in_shape", {nullptr, nullptr, 1}}, {"in_skip", 1}};
  keras["layers"] = {test::random_conv(random, 1, 4), test::random_batchnorm(random, 4, true),
                     test::layer_of("prelu", 4, test::Json::array({test::random_array(random, {1, 4})})),
                     test::random_lstm(random, 4, 3), test::random_dense(random, 3, 1, true)};
  const test::Json lstm = test::random_guitarml_recurrent(random, 1, 5, 2, true);
  for (const test::Json& file : {conditioned, keras, lstm}) {
    INFO(file.dump().substr(0, 80));
    const Network network(test::parse(file.dump()));
    Effect effect(network, {.max_block = 300});
    std::vector<float> samples(300, 0.3f);
    check_real_time([&] {
      for (const std::size_t frames : {300, 1, 64, 17}) effect.process(samples, std::span(samples).first(frames));
      effect.reset();
    });
  }
}

TEST_CASE("an effect that comes to rest in silence, and wakes, keeps the real-time contract") {
  test::Random random(7);
  for (const test::Json& file :
       {test::random_film_nam(random, 255, 1), test::random_guitarml_recurrent(random, 1, 5, 2, true)}) {
    const Network network(test::parse(file.dump()));
    for (const std::optional<double> rate : test::Rates{{}, 44100.0}) {
      Effect effect(network, {.sample_rate = rate, .max_block = 300});
      std::vector<float> samples(300);
      check_real_time([&] {
        for (int block = 0; block < 400; ++block) {
          std::fill(samples.begin(), samples.end(), block % 100 == 99 ? 0.3f : 0.0f);
          effect.process(samples, std::span(samples).first(1 + (block * 7) % 300));
        }
      });
    }
  }
}

TEST_CASE("an effect that is given what overflows keeps the real-time contract") {
  test::Random random(9);
  const test::Json filter = {{"version", "0.7.0"},
                             {"architecture", "Linear"},
                             {"sample_rate", 48000},
                             {"config", {{"receptive_field", 500}, {"bias", false}}},
                             {"weights", test::uniform(random, 500)}};
  for (const test::Json& file :
       {filter, test::random_keras(random, 1), test::random_guitarml_recurrent(random, 1, 5, 2, true)}) {
    const Network network(test::parse(file.dump()));
    Effect effect(network, {.max_block = 300});
    std::vector<float> samples(300);
    check_real_time([&] {
      for (int block = 0; block < 20; ++block) {
        std::fill(samples.begin(), samples.end(), block % 2 == 0 ? 3e38f : 0.3f);
        effect.process(samples, samples);
      }
    });
  }
}

TEST_CASE("a change of size keeps the real-time contract at every step") {
  test::Random random(8);
  const test::Json lstm = test::slim_lstm(random, 4);
  const Model slim = test::parse(test::small_slim(random).dump());
  const Model container = test::parse(test::slim_container({{0.3, lstm}, {1, test::small_slim(random)}}).dump());
  for (const Model& model : {slim, container}) {
    const Network network(model, {.all_sizes = true});
    for (const std::optional<double> rate : test::Rates{{}, 44100.0, 96000.0}) {
      for (const int channels : {1, 2}) {
        INFO("host rate " << rate.value_or(0) << ", channels " << channels);
        Effect effect(network, {rate, 300, channels});
        std::vector<float> samples(std::size_t(300 * channels), 0.3f);
        std::vector<float*> rows;
        for (int c = 0; c < channels; ++c) rows.push_back(samples.data() + 300 * c);
        check_real_time([&] {
          const auto seconds = [&](double length) {  // blocks of every length over that long
            std::size_t frames = 0;
            for (double left = length * std::max(rate.value_or(0), 48000.0); left > 0; left -= double(frames)) {
              frames = 1 + (frames * 7 + 13) % 300;
              effect.process(rows, rows, frames);
            }
          };
          effect.set_size(0), seconds(0.6);                          // a whole change
          effect.set_size(1), seconds(0.001), effect.set_size(0.5);  // replaced
          seconds(0.008), effect.set_size(0), seconds(0.6);          // followed by another
          effect.set_size(1), seconds(0.002), effect.reset(), seconds(0.02);
        });
      }
    }
  }
}

TEST_CASE("turning knobs keeps the real-time contract, while sound plays and while an effect rests") {
  test::Random random(10);
  const Network network(test::parse(test::random_guitarml_recurrent(random, 3, 5, 1, true).dump()));
  for (const std::optional<double> rate : test::Rates{{}, 48000.0}) {
    Effect effect(network, {.sample_rate = rate, .max_block = 300, .knobs = {0.25, 1}, .knob_ramp = 0.01});
    std::vector<float> samples(300);
    check_real_time([&] {
      for (int block = 0; block < 400; ++block) {
        std::fill(samples.begin(), samples.end(), block % 200 > 150 ? 0.3f : 0.0f);
        if (block % 50 == 0) effect.set_knob(block % 3, block / 400.0);
        if (block % 70 == 0) effect.set_knob("PARAM2", 0.5);
        effect.process(samples, samples);
      }
      effect.reset();
    });
  }
}

TEST_CASE("knobs that change weights keep the real-time contract, at once and on their way") {
  test::Random random(12);
  const Network network(test::parse(test::random_hyper(random, {5}, 2).file().dump()));
  for (const double ramp : {0.0, 0.01}) {
    Effect effect(network, {.max_block = 300, .channels = 2, .knob_ramp = ramp});
    std::vector<float> left(300), right(300);
    const float* from[] = {left.data(), right.data()};
    float* rows[] = {left.data(), right.data()};
    check_real_time([&] {
      for (int block = 0; block < 400; ++block) {
        std::fill(left.begin(), left.end(), block % 200 > 150 ? 0.3f : 0.0f);
        if (block % 7 == 0) effect.set_knob(block % 2, block / 40.0);
        effect.process(from, rows, std::size_t(1 + block % 300));
      }
      effect.set_knob(0, 3);
      effect.reset();
    });
  }
}

TEST_CASE("an oversampled effect keeps the real-time contract, its resets and changes of size too") {
  test::Random random(11);
  const Network network(test::parse(test::small_slim(random).dump()), {.all_sizes = true});
  for (const std::optional<double> rate : test::Rates{{}, 44100.0}) {
    const FilterPhase phase = rate ? FilterPhase::linear : FilterPhase::minimum;
    Effect effect(network, {.sample_rate = rate, .max_block = 300, .oversample = 4, .oversample_phase = phase});
    std::vector<float> samples(300);
    check_real_time([&] {
      for (int block = 0; block < 400; ++block) {
        std::fill(samples.begin(), samples.end(), block % 200 > 150 ? 0.3f : 0.0f);
        effect.process(samples, std::span(samples).first(1 + (block * 7) % 300));
        if (block == 50) effect.set_size(0);
        if (block == 300) effect.reset();
      }
    });
  }
}

TEST_CASE("long filters keep the real-time contract, whatever block their FFTs fall into") {
  test::Random random(8);
  const test::Json nam = {{"version", "0.7.0"},
                          {"architecture", "Linear"},
                          {"config", {{"receptive_field", 70000}, {"bias", false}, {"implementation", "fft"}}},
                          {"weights", test::uniform(random, 70000)}};
  const Network network(test::parse(nam.dump()));
  Effect effect(network, {.max_block = 480});
  std::vector<float> samples(480, 0.3f);
  check_real_time([&] {
    for (int block = 0; block < 80; ++block) effect.process(samples, samples);
    effect.reset();
    effect.process(samples, samples);
  });
}

TEST_CASE("a generator's prime, fill and reset keep the real-time contract") {
  test::Random random(6);
  const Network network(test::as_model(test::random_generator(random)));
  Generator generator(network, {1, 2, 0.9, false, 1});
  generator.append_features(test::uniform(random, 6 * 40));
  generator.finish();
  REQUIRE(generator.available() > 600);
  std::vector<float> sound(200, 0.1f);
  check_real_time([&] {
    generator.prime(std::span(sound).first(90));
    generator.fill(sound);
    generator.fill(std::span(sound).first(1));
    generator.reset();
    generator.fill(sound);
  });
}

TEST_CASE("a bank's prime, fill and reset keep the real-time contract") {
  test::Random random(8);
  const Network network(test::as_model(test::random_generator(random)));
  const std::vector<GeneratorOptions> options = {{.voice = 0}, {.voice = 1, .speaker = 2}, {.voice = 2}};
  GeneratorBank bank(network, options);
  for (std::size_t v = 0; v < 3; ++v) {
    bank.append_features(v, test::uniform(random, 6 * (20 + 10 * v)));
    bank.finish(v);
  }
  std::vector<float> sound(3 * 1000, 0.1f);
  std::vector<std::span<float>> sounds(3);
  check_real_time([&] {
    bank.prime(1, std::span(sound).first(90));
    for (const std::size_t length : {100u, 1u, 1000u}) {
      for (std::size_t v = 0; v < 3; ++v) sounds[v] = std::span(sound).subspan(1000 * v, length);
      bank.fill(sounds);
    }
    for (std::size_t v = 0; v < 3; ++v) bank.reset(v);
  });
}

TEST_CASE("what the C API calls real-time safe is, with and without arguments that make sense") {
  test::Random random(11);
  const test::TemporaryFile effects("slim.nam"), voices("voice.safetensors");
  effects.write(test::small_slim(random).dump());
  test::as_model(test::random_generator(random)).save(voices.path());
  const auto network = [](const test::TemporaryFile& file) {
    atrous_network_options options = ATROUS_NETWORK_OPTIONS;
    options.all_sizes = 1;
    atrous_model* model = nullptr;
    atrous_network* result = nullptr;
    REQUIRE(atrous_model_load(file.path().string().c_str(), &model) == ATROUS_OK);
    REQUIRE(atrous_network_create(model, &options, &result) == ATROUS_OK);
    atrous_model_free(model);
    return result;
  };
  atrous_network *const slim = network(effects), *const voice = network(voices);
  atrous_effect* effect = nullptr;
  atrous_generator* generator = nullptr;
  atrous_bank* bank = nullptr;
  REQUIRE(atrous_effect_create(slim, nullptr, &effect) == ATROUS_OK);
  REQUIRE(atrous_generator_create(voice, nullptr, &generator) == ATROUS_OK);
  REQUIRE(atrous_bank_create(voice, nullptr, 2, 1, &bank) == ATROUS_OK);
  const std::vector<float> features = test::uniform(random, 6 * 40);
  REQUIRE(atrous_generator_append(generator, features.data(), 40, 6, 0) == ATROUS_OK);
  REQUIRE(atrous_bank_append(bank, 0, features.data(), 40, 6, 0) == ATROUS_OK);
  std::vector<float> samples(3000, 0.3f);
  float* const rows[] = {samples.data(), nullptr};
  const float* const heard[] = {samples.data(), nullptr};
  check_real_time([&] {
    for (atrous_effect* each : {effect, static_cast<atrous_effect*>(nullptr)}) {
      atrous_effect_process(each, heard, rows, 2, 3000);  // more than max_block, and channels that are not there
      atrous_effect_process(each, nullptr, nullptr, 2, 300);
      atrous_effect_set_size(each, 0);
      atrous_effect_set_knob(each, 0, 0.5);
      atrous_effect_reset(each);
      atrous_effect_guarded(each);
      atrous_effect_channels(each);
      atrous_effect_exact_latency(each);
      atrous_effect_latency(each);
    }
    for (atrous_generator* each : {generator, static_cast<atrous_generator*>(nullptr)}) {
      atrous_generator_prime(each, samples.data(), 20);
      atrous_generator_fill(each, samples.data(), 100);
      atrous_generator_fill(each, nullptr, 100);
      atrous_generator_available(each);
      atrous_generator_reset(each);
    }
    for (atrous_bank* each : {bank, static_cast<atrous_bank*>(nullptr)}) {
      std::size_t lengths[] = {50, 50};
      atrous_bank_prime(each, 0, samples.data(), 20);
      atrous_bank_prime(each, 2, samples.data(), 20);
      atrous_bank_fill(each, rows, lengths, 2);
      atrous_bank_available(each, 2);
      atrous_bank_reset(each, 0);
      atrous_bank_reset(each, 2);
      atrous_bank_voices(each);
    }
    atrous_network_conditioned_samples(voice, 7, 1);
    atrous_network_dilations(slim, nullptr, 0);
    atrous_network_warning(slim, 0);
    atrous_status_name(ATROUS_OK);
    atrous_error_message();
    atrous_version();
  });
  atrous_effect_free(effect);
  atrous_generator_free(generator);
  atrous_bank_free(bank);
  atrous_network_free(slim);
  atrous_network_free(voice);
}

TEST_CASE("nothing at the input makes an effect put out anything but finite numbers, and the caller's state stays") {
  const Network network(effect_model());
  Effect effect(network), clean(network);
  std::vector<float> dirty(1000), zeroed(1000), out(1000), expected(1000);
  test::Random random(7);
  for (std::size_t i = 0; i < dirty.size(); ++i) {
    dirty[i] = zeroed[i] = test::uniform(random);
    if (i % 97 == 3) dirty[i] = std::numeric_limits<float>::infinity(), zeroed[i] = 0;
    if (i % 89 == 5) dirty[i] = std::numeric_limits<float>::quiet_NaN(), zeroed[i] = 0;
  }
  effect.process(dirty, out);
  clean.process(zeroed, expected);
  CHECK(out == expected);
  volatile float tiny = std::numeric_limits<float>::min();
  CHECK(tiny / 4 > 0);  // denormals still exist out here
}
