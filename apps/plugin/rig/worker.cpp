#include "rig/worker.hpp"

#include <chrono>
#include <utility>

namespace plugin {

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Worker::post(int kind, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_[kind] = std::move(job);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_all();
}

bool Worker::wait(double seconds) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return jobs_.empty() && !busy_; });
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  for (bool untidy = false; !ends_;) {
    if (jobs_.empty()) {
      if (!untidy)
        wake_.wait(lock);
      else
        wake_.wait_for(lock, std::chrono::milliseconds(100));
    }
    std::function<void()> job;
    if (!jobs_.empty()) job = std::move(jobs_.extract(jobs_.begin()).mapped());
    busy_ = true;
    lock.unlock();
    if (job) job();
    job = nullptr;
    untidy = tidy_();
    lock.lock();
    busy_ = false;
    if (jobs_.empty()) idle_.notify_all();
  }
}

}  // namespace plugin
