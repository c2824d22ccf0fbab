#include "interrupt.hpp"

#include <array>
#include <atomic>
#include <csignal>

namespace cli {
namespace {

constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};

// A signal handler can reach nothing but a variable like this one.
volatile std::sig_atomic_t caught = 0;

std::array<struct sigaction, signals.size()> before{};
std::atomic<int> living = 0;  // other threads' stand beside that of the command

extern "C" void remember(int number) {
  caught = number;
}

void listen() {
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &before[i]);
    if (before[i].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = remember;
    // The second one ends the program; but a file that has met its limit is written to once more when it is closed.
    action.sa_flags = SA_RESTART | (signals[i] == SIGXFSZ ? 0 : int(SA_RESETHAND));
    sigaction(signals[i], &action, nullptr);
  }
}

void listen_no_more() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before[i], nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  if (living++ > 0) return;
  caught = 0;
  listen();
}

Interrupt::~Interrupt() {
  if (--living == 0) listen_no_more();
}

bool Interrupt::requested() const {
  return caught != 0;
}

int Interrupt::exit_code() const {
  return 128 + caught;
}

void Interrupt::deliver() const {
  if (caught == 0 || living > 1) return;
  listen_no_more();
  std::raise(caught);
}

int Interrupt::last() {
  return caught;
}

}  // namespace cli
