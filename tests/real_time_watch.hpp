// Watching the real-time contract: what allocates, frees and locks is counted by interposing it, for each thread by
// itself; a system call ends a child under seccomp. For one file of a program, since it defines malloc.
#pragma once

#include <cstdlib>
#include <functional>
#include <new>

#include "catch.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ATROUS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ATROUS_SANITIZED 1
#endif
#endif

#if defined(__linux__) && defined(__GLIBC__) && !defined(ATROUS_SANITIZED)
#define ATROUS_CAN_WATCH 1
#include <cerrno>
#include <csignal>
#include <mutex>
#include <shared_mutex>

#include <dlfcn.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
thread_local long allocations = 0, frees = 0, locks = 0;
}

#pragma GCC visibility push(default)  // shared libraries call these too
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* p, std::size_t size) {
  ++allocations;
  return __libc_realloc(p, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t size) {
  ++allocations;
  *p = __libc_memalign(alignment, size);
  return *p || size == 0 ? 0 : ENOMEM;
}
void free(void* p) {
  if (p) ++frees;
  __libc_free(p);
}
}

namespace {
template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
}  // namespace

extern "C" {
#define ATROUS_COUNT_LOCK(name, type, exceptions)      \
  int name(type* lock) exceptions {                    \
    static auto* const next = real<int(type*)>(#name); \
    ++locks;                                           \
    return next(lock);                                 \
  }
ATROUS_COUNT_LOCK(pthread_mutex_lock, pthread_mutex_t, noexcept)
ATROUS_COUNT_LOCK(pthread_mutex_trylock, pthread_mutex_t, noexcept)
ATROUS_COUNT_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t, noexcept)
ATROUS_COUNT_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t, noexcept)
ATROUS_COUNT_LOCK(sem_wait, sem_t, )
#undef ATROUS_COUNT_LOCK
int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  static auto* const next = real<int(pthread_spinlock_t*)>("pthread_spin_lock");
  ++locks;
  return next(lock);
}
}
#pragma GCC visibility pop
#endif

namespace {

#ifdef ATROUS_CAN_WATCH
// From now on any system call but exit ends the calling thread. False where the kernel refuses to watch so.
inline bool forbid_system_calls() {
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
}

// Whether `work` reaches its end in a child that may call the system for nothing but to exit.
inline bool runs_without_system_calls(const std::function<void()>& work) {
  constexpr int unwatched = 2;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (!forbid_system_calls()) _exit(unwatched);
    work();
    syscall(SYS_exit, 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO("the child's status is " << status << "; exit code " << unwatched << " says that seccomp is not to be had");
  const bool reached = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  REQUIRE((reached || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)));
  return reached;
}

// How many of each `work` does, on the thread that runs it.
struct Counts {
  long allocations, frees, locks;
  bool operator==(const Counts&) const = default;
};
inline Counts counts(const std::function<void()>& work) {
  const Counts before{allocations, frees, locks};
  work();
  return {allocations - before.allocations, frees - before.frees, locks - before.locks};
}

inline void one_fault_of_each() {
  std::mutex mutex;
  void* volatile p = std::malloc(1);  // so that no compiler takes the pair away
  std::free(p);
  const std::lock_guard guard(mutex);
}

// That the watch over `work` is awake: it sees a fault of every kind that comes after it.
inline void check_watch(const std::function<void()>& work) {
  CHECK(counts([&] { work(), one_fault_of_each(); }) == Counts{1, 1, 1});
  CHECK_FALSE(runs_without_system_calls([&] { work(), syscall(SYS_getppid); }));
}

inline void check_real_time(const std::function<void()>& work) {
  const Counts done = counts(work);
  CHECK(done.allocations == 0);
  CHECK(done.frees == 0);
  CHECK(done.locks == 0);
  CHECK(runs_without_system_calls(work));
  check_watch(work);
}
#else
inline void check_real_time(const std::function<void()>& work) {
  WARN("this build cannot watch allocations and system calls; the calls run under its sanitizer alone");
  work();
}
#endif

}  // namespace
