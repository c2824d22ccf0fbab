// A part of the chain that another thread replaces while the audio thread plays it: one atomic exchange, a short
// crossfade, and the old part goes back to the other thread to be freed.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "chain/block.hpp"

namespace plugin {

// T::process(Block&, ...) works in place. There is always one: T() is what plays before any was offered.
template <class T>
class Slot {
 public:
  explicit Slot(int channels) : beside_(channels), current_(new Node{std::make_unique<T>(), nullptr}) {}
  ~Slot() {
    collect();
    delete next_.load();
    delete old_;
    delete current_;
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // ---- Threads that may allocate, one at a time ----

  // Will play from the next block on, or after the crossfade that is under way. Replaces one that waits for that.
  void offer(std::unique_ptr<T> part) {
    waiting_.fetch_add(1, std::memory_order_relaxed);
    free_one(next_.exchange(new Node{std::move(part), nullptr}, std::memory_order_acq_rel));
    collect();
  }

  // Frees what has been replaced.
  void collect() {
    for (Node* node = replaced_.exchange(nullptr, std::memory_order_acquire); node;) {
      Node* const after = node->after;
      free_one(node);
      node = after;
    }
  }

  // Whether there will be something to collect.
  bool changing() const noexcept { return waiting_.load(std::memory_order_relaxed) > 0; }

  // ---- The audio thread ----

  T& current() noexcept { return *current_->part; }

  // Takes what was offered at once: for when nothing has been heard yet.
  void take() noexcept {
    if (old_) put_away();
    if (Node* const node = next_.exchange(nullptr, std::memory_order_acq_rel)) {
      old_ = std::exchange(current_, node);
      put_away();
    }
  }

  // A crossfade lasts `fade` samples: y = (1 - i/fade)·old + i/fade·new.
  template <class... Arguments>
  void process(Block& block, int fade, const Arguments&... arguments) noexcept {
    if (!old_) begin(fade);
    if (!old_) return current().process(block, arguments...);
    Block beside = beside_.copy(block);
    current().process(beside, arguments...);
    old_->part->process(block, arguments...);
    for (int c = 0; c < block.channels; ++c) mix(block.rows[c], beside.rows[c], block.frames);
    position_ += block.frames;
    if (position_ >= fade_) put_away();
  }

 private:
  struct Node {
    std::unique_ptr<T> part;
    Node* after;
  };

  void begin(int fade) noexcept {
    if (!next_.load(std::memory_order_relaxed)) return;
    old_ = std::exchange(current_, next_.exchange(nullptr, std::memory_order_acq_rel));
    fade_ = fade;
    position_ = 0;
  }

  void mix(float* y, const float* beside, int frames) const noexcept {
    for (int t = 0; t < frames; ++t) {
      const int place = position_ + t;
      const float gain = place < fade_ ? float(place) / float(fade_) : 1.0f;
      y[t] = gain < 1 ? (1 - gain) * y[t] + gain * beside[t] : beside[t];
    }
  }

  // Onto the list that collect() takes whole, so that pushing never waits for it.
  void put_away() noexcept {
    Node* const node = std::exchange(old_, nullptr);
    node->after = replaced_.load(std::memory_order_relaxed);
    while (!replaced_.compare_exchange_weak(node->after, node, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }

  void free_one(Node* node) {
    if (!node) return;
    delete node;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
  }

  BlockBuffer beside_;  // what the new part makes of the same input
  std::atomic<Node*> next_{nullptr}, replaced_{nullptr};
  std::atomic<int> waiting_{0};  // parts beyond the one that plays
  Node* current_;
  Node* old_ = nullptr;  // fades out
  int fade_ = 1, position_ = 0;
};

}  // namespace plugin
