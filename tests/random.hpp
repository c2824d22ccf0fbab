// Random numbers for tests, the same on every platform and run.
#pragma once

#include <random>
#include <vector>

namespace test {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  float real(float low, float high) { return low + (high - low) * float(engine_() % 1000003u) / 1000003.0f; }
  int whole(int low, int high) { return low + int(engine_() % unsigned(high - low + 1)); }
  bool coin() { return engine_() % 2u == 0; }
  std::vector<float> reals(std::size_t count, float low = -1, float high = 1) {
    std::vector<float> values(count);
    for (float& value : values) value = real(low, high);
    return values;
  }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[std::size_t(whole(0, int(from.size()) - 1))];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace test
