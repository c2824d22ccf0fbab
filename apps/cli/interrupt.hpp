// Ctrl-C while sound is being made: stop, keep what there is, and say so in the exit code.
#pragma once

namespace cli {

// While one lives, the first SIGINT or SIGTERM is remembered instead of ending the program; a second one ends it.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
  int exit_code() const;  // 130 after SIGINT, 143 after SIGTERM
};

}  // namespace cli
