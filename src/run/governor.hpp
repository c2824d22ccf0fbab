// Decides, step by step, whether the threads of a team share one voice.
#pragma once

namespace atrous::run {

// Sharing pays where a layer takes much longer than its members need to meet, and stops to pay when something else
// wants their processors. So it is tried for a few steps now and then, kept for as long as it is the faster way, and
// given up in the middle of a trial that goes badly; the more trials fail, the rarer they become, and steps of a few
// microseconds are never tried. The sound is the same either way.
class Governor {
 public:
  // Whether to share the coming step.
  bool share() const noexcept { return sharing_; }
  // True where that is the first after some that were not shared.
  bool begins() const noexcept { return sharing_ && steps_ == 0 && runs_ == 0; }
  // After every step: how long it took.
  void stepped(double seconds) noexcept;

 private:
  void end_run(double seconds_per_step) noexcept;
  void change(bool sharing, int wait) noexcept;

  bool sharing_ = false;
  int steps_ = 0;       // of this run
  double seconds_ = 0;  // that they took
  int runs_ = 0;        // since the last change
  int wait_ = 16;       // runs alone until sharing is tried again
  double alone_ = 0;    // seconds a step, as far as is known
};

}  // namespace atrous::run
