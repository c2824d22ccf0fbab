#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "text.hpp"

namespace cli {

Progress::Progress(std::int64_t total, double sample_rate)
    : total_(std::max<std::int64_t>(total, 1)),
      sample_rate_(sample_rate),
      shown_(total > 0 && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_ == 0) return;
  draw("");
  std::cerr << '\r' << std::flush;
}

void Progress::draw(const std::string& line) {
  drawn_ = std::max(drawn_, line.size());
  std::cerr << '\r' << line << std::string(drawn_ - line.size(), ' ') << std::flush;
}

void Progress::update(std::int64_t done) {
  const double elapsed = stopwatch_.seconds();
  if (!shown_ || elapsed < next_ || done <= 0) return;
  next_ = elapsed + 0.1;
  constexpr int width = 30;
  const double share = std::min(double(done) / double(total_), 1.0);
  const auto filled = std::size_t(share * width);
  draw("[" + std::string(filled, '#') + std::string(width - filled, '.') + "] " + fixed(100 * share, 0) + " %  " +
       fixed(double(done) / sample_rate_ / elapsed, 1) + " x real time  " + duration(elapsed * (1 - share) / share) +
       " left");
}

}  // namespace cli
