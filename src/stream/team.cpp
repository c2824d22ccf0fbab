#include "stream/team.hpp"

#include <system_error>

#include <atrous/error.hpp>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace atrous::stream {
namespace {

// A layer takes a microsecond or so; a thread that waits for longer has nothing to do.
constexpr int spins = 2000;

void pause() noexcept {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Keeps a thread on the n-th of the processors that this process may use.
void pin(std::thread& thread, int n) noexcept {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  const int count = CPU_COUNT(&allowed);
  if (n >= count) return;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || n-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    pthread_setaffinity_np(thread.native_handle(), sizeof(one), &one);
    return;
  }
#else
  static_cast<void>(thread);
  static_cast<void>(n);
#endif
}

}  // namespace

Team::Team(int size) : size_(size) {
  threads_.reserve(static_cast<std::size_t>(size - 1));
  try {
    for (int member = 1; member < size; ++member) threads_.emplace_back([this, member] { serve(member); });
  } catch (const std::system_error& error) {
    stop();
    throw Error(ErrorCode::io, std::string("threads: ") + error.what());
  }
  for (int member = 1; member < size; ++member) pin(threads_[static_cast<std::size_t>(member - 1)], member);
}

Team::~Team() {
  stop();
}

void Team::stop() noexcept {
  job_ = nullptr;
  arrived_.fetch_add(static_cast<std::uint32_t>(size_ - 1) - static_cast<std::uint32_t>(threads_.size()));
  barrier();
  for (std::thread& thread : threads_) thread.join();
}

void Team::start(Job job, void* context) noexcept {
  job_ = job;
  context_ = context;
  barrier();  // where the others wait
  job(context, 0);
  barrier();
}

void Team::serve(int member) noexcept {
  for (;;) {
    barrier();
    if (!job_) return;
    job_(context_, member);
    barrier();
  }
}

void Team::barrier() noexcept {
  const std::uint32_t here = passed_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<std::uint32_t>(size_)) {
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
