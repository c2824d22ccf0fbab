// What a network reads of its knobs, over time.
#pragma once

#include <span>
#include <vector>

#include "model/config.hpp"
#include "stream/block_queue.hpp"

namespace atrous::run {

// The rows of the knobs, each of which goes to where its knob was turned in a straight line over so many frames. One
// thread at a time; all but construction is real-time safe.
class KnobRows {
 public:
  // `values`: where the knobs stand, one each, or none: where they stand by default.
  KnobRows(const std::vector<model::Knob>& knobs, std::span<const double> values);

  int count() const noexcept { return int(ramps_.size()); }
  bool moving() const noexcept { return moving_ > 0; }
  int left() const noexcept { return moving_; }    // frames until all stand still
  int passed() const noexcept { return passed_; }  // frames since a knob was turned last
  // What the rows hold in so many frames, [count()].
  void hold(int ahead, float* rows) const noexcept;

  // Turns a knob to a value that it can reach, from the next frame on; frames is 1 or more, 1 being at once.
  void turn(std::size_t knob, double value, int frames) noexcept;
  // To where they go, at once.
  void finish() noexcept;

  // Points to[0..count) to what the next frames hold, at most stream::block_frames of them.
  void show(float** to, int frames) noexcept;
  // They have passed.
  void pass(int frames) noexcept;

 private:
  struct Ramp {  // from -> to; `left` of `frames` are to come
    float from = 0, to = 0;
    int frames = 1, left = 0;
    float after(int passed) const noexcept;
  };

  std::vector<model::Knob> knobs_;
  std::vector<Ramp> ramps_;
  std::vector<float> values_;  // [rows][block_frames]
  int moving_ = 0, passed_ = 0;
};

}  // namespace atrous::run
