#include "stream/team.hpp"

#include <system_error>

#include <atrous/error.hpp>

#include "stream/floating_point.hpp"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif
#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#endif

namespace atrous::stream {
namespace {

// A layer takes a microsecond or so; a thread that waits for longer has nothing to do.
constexpr int spins = 2000;

void pause() noexcept {
#if defined(__SSE2__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

#if defined(__linux__)
// The processors that this process may use but for the one that the caller is on.
std::vector<int> other_processors() {
  std::vector<int> others;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return others;
  const int here = sched_getcpu();
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed) && cpu != here) others.push_back(cpu);
  }
  return others;
}

void keep_on(std::thread& thread, int cpu) noexcept {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  pthread_setaffinity_np(thread.native_handle(), sizeof(one), &one);
}
#endif

}  // namespace

Team::Team(int size) : size_(size) {
  threads_.reserve(std::size_t(size - 1));
  try {
    for (int member = 1; member < size; ++member) threads_.emplace_back([this, member] { serve(member); });
  } catch (const std::system_error& error) {
    stop();
    throw Error(ErrorCode::io, std::string("threads: ") + error.what());
  }
  processors_.assign(threads_.size(), -1);
}

Team::~Team() {
  stop();
}

void Team::stop() noexcept {
  job_ = nullptr;
  arrived_.fetch_add(std::uint32_t(size_ - 1) - std::uint32_t(threads_.size()));
  barrier();
  for (std::thread& thread : threads_) thread.join();
}

void Team::spread() noexcept {
#if defined(__linux__)
  const std::vector<int> others = other_processors();
  if (others.empty()) return;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const int cpu = others[i % others.size()];
    if (processors_[i] != cpu) keep_on(threads_[i], cpu);
    processors_[i] = cpu;
  }
#endif
}

void Team::start(Job job, void* context) noexcept {
  job_ = job;
  context_ = context;
  barrier();  // where the others wait
  job(context, 0);
  barrier();
}

void Team::serve(int member) noexcept {
  const FloatingPointScope scope;
  for (;;) {
    barrier();
    if (!job_) return;
    job_(context_, member);
    barrier();
  }
}

void Team::barrier() noexcept {
  const std::uint32_t here = passed_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == std::uint32_t(size_)) {
    arrived_.store(0, std::memory_order_relaxed);
    passed_.store(here + 1, std::memory_order_release);
    passed_.notify_all();
    return;
  }
  for (int i = 0; i < spins; ++i) {
    if (passed_.load(std::memory_order_acquire) != here) return;
    pause();
  }
  passed_.wait(here, std::memory_order_acquire);
}

}  // namespace atrous::stream
