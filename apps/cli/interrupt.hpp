// Ctrl-C and the like while a file is being written: stop, keep what there is, and say so in the exit code.
#pragma once

namespace cli {

// While one lives, the first of SIGINT, SIGTERM, SIGHUP and SIGPIPE is remembered instead of ending the program; a
// second one ends it. What was ignored when the program was started (by nohup, say) stays ignored. SIGXFSZ is
// remembered too, and the write beyond the limit fails.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
  int exit_code() const;  // 128 + the signal: 130 after SIGINT, 143 after SIGTERM

  // Ends the program by the signal that was remembered, unless there is none or another Interrupt lives, which sees to
  // it.
  void deliver() const;

  // The signal that the last one to live remembered, or 0.
  static int last();
};

}  // namespace cli
