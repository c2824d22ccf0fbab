// Threads that work together in short steps.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace atrous::stream {

// The calling thread, member 0, and others that wait for work: spinning for some microseconds, then asleep. Not
// real-time safe, since members that sleep are woken by the system.
class Team {
 public:
  // 1 or more members. Where the system allows it, each of the threads made here stays on a processor of its own.
  // Throws Error (io) where the system has no more threads.
  explicit Team(int size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const noexcept { return size_; }

  // Runs work(member) on every member and returns when all of them have. `work` must not throw.
  template <class Work>
  void run(Work&& work) noexcept {
    if (size_ == 1) return work(0);
    start([](void* context, int member) { (*static_cast<std::remove_reference_t<Work>*>(context))(member); }, &work);
  }

  // Where the system allows it: keeps each of the threads made here on a processor of its own, away from the one that
  // the caller is on.
  void spread() noexcept;

  // Inside work: waits until all members are here. What they wrote before it, all may read after it.
  void barrier() noexcept;

 private:
  using Job = void (*)(void* context, int member);

  void start(Job job, void* context) noexcept;
  void serve(int member) noexcept;
  void stop() noexcept;

  int size_;
  std::vector<std::thread> threads_;
  std::vector<int> processors_;  // of each of them; -1: any
  Job job_ = nullptr;            // null: the end
  void* context_ = nullptr;
  std::atomic<std::uint32_t> arrived_{0}, passed_{0};  // members at the barrier; barriers passed
};

}  // namespace atrous::stream
