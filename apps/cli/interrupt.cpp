#include "interrupt.hpp"

#include <csignal>

namespace cli {
namespace {

// A signal handler can reach nothing but a variable like this one.
volatile std::sig_atomic_t caught = 0;

extern "C" void remember(int number) {
  caught = number;
  std::signal(number, SIG_DFL);
}

}  // namespace

Interrupt::Interrupt() {
  caught = 0;
  std::signal(SIGINT, remember);
  std::signal(SIGTERM, remember);
}

Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::requested() const {
  return caught != 0;
}

int Interrupt::exit_code() const {
  return 128 + caught;
}

}  // namespace cli
