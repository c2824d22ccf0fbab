// A thread for what takes long: of every kind of job the newest alone.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace plugin {

class Worker {
 public:
  // `tidy` runs on the thread after every job, and ten times a second for as long as it returns true.
  explicit Worker(std::function<bool()> tidy) : tidy_(std::move(tidy)) {}
  ~Worker();  // waits for the job that runs; others are dropped
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // In place of a job of that kind that has not begun. Jobs may not throw. The thread begins with the first one.
  void post(int kind, std::function<void()> job);

  // Waits until there is nothing to do, at most so long. False where there still is.
  bool wait(double seconds);

 private:
  void run();

  std::function<bool()> tidy_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::map<int, std::function<void()>> jobs_;
  bool busy_ = false, ends_ = false;
  std::thread thread_;
};

}  // namespace plugin
