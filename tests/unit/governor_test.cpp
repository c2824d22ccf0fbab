// When threads share a voice: on simulated clocks, with every step as slow as a scenario has it.
#include <functional>

#include "catch.hpp"
#include "random.hpp"
#include "run/governor.hpp"

using namespace atrous;

namespace {

struct Outcome {
  double seconds = 0;  // of all steps
  int shared = 0, begun = 0;
};

// `seconds(step, shared)` of a step.
Outcome simulate(int steps, const std::function<double(int, bool)>& seconds) {
  run::Governor governor;
  Outcome outcome;
  for (int step = 0; step < steps; ++step) {
    const bool shared = governor.share();
    outcome.shared += shared;
    outcome.begun += governor.begins();
    const double took = seconds(step, shared);
    outcome.seconds += took;
    governor.stepped(took);
  }
  return outcome;
}

constexpr double alone = 1e-4;

}  // namespace

TEST_CASE("steps are shared where that is faster") {
  const Outcome outcome = simulate(20000, [](int, bool shared) { return shared ? 0.6 * alone : alone; });
  CHECK(outcome.shared > 19000);
  CHECK(outcome.seconds < 0.63 * 20000 * alone);
}

TEST_CASE("steps that sharing slows down cost less than a twentieth more than alone, however slow it is") {
  for (const double slowdown : {1.0, 1.1, 2.0, 10.0, 30.0}) {
    INFO("slower by " << slowdown);
    for (const int steps : {2000, 20000, 200000}) {
      const Outcome outcome = simulate(steps, [&](int, bool shared) { return shared ? slowdown * alone : alone; });
      CHECK(outcome.shared > 0);
      CHECK(outcome.seconds < 1.05 * steps * alone);
    }
  }
}

TEST_CASE("steps that are too short to share never are") {
  const auto seconds = [](int, bool shared) { return shared ? 2e-5 : 9e-6; };
  CHECK(simulate(20000, seconds).shared == 0);
}

TEST_CASE("sharing ends when it stops being faster, and comes back") {
  test::Random random(3);
  const auto busy = [](int step) { return step >= 20000 && step < 40000; };  // something else wants the processors
  int shared_late = 0;
  const Outcome outcome = simulate(100000, [&](int step, bool shared) {
    if (step >= 90000) shared_late += shared;
    const double noise = random.real(0.95f, 1.1f);
    return noise * alone * (!shared ? 1 : busy(step) ? 5 : 0.6);
  });
  CHECK(outcome.seconds < 0.85 * 100000 * alone);
  CHECK(shared_late > 9000);
  CHECK(outcome.begun > 3);
}
