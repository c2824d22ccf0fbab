// How Python's threads and signals go with work that takes long.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>

namespace python {

namespace py = pybind11;

// Releases the interpreter while it lives, for others to run. Whoever works calls pause() between pieces of a fraction
// of a second: it lets Python's signal handlers run now and then, and throws what they raise, such as
// KeyboardInterrupt.
class Released {
 public:
  void pause() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    // Not more often: with other threads at work, to get the interpreter back takes their switch interval.
    next_ = now + std::chrono::milliseconds(50);
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
  py::gil_scoped_release release_;
};

// Held during a call that changes an object: what another thread, or a signal handler of this one, asks of it meanwhile
// is refused instead of being a data race.
class Turn {
 public:
  explicit Turn(std::atomic_flag& taken) : taken_(taken) {
    if (!taken_.test_and_set()) return;
    throw std::runtime_error("busy with a call that has not returned: give each thread an object of its own");
  }
  ~Turn() { taken_.clear(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic_flag& taken_;
};

}  // namespace python
