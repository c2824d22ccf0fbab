// A bar on stderr with the rate and the time left; silent where stderr is no terminal. Plain text, for any terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "stopwatch.hpp"

namespace cli {

class Progress {
 public:
  // `total` samples of sound at `sample_rate` Hz are to be made; 0: nobody knows how many, and no bar is shown.
  Progress(std::int64_t total, double sample_rate);
  ~Progress();  // wipes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::int64_t done);

 private:
  void draw(const std::string& line);

  std::int64_t total_;
  double sample_rate_;
  bool shown_;
  std::size_t drawn_ = 0;  // letters of the longest line so far
  Stopwatch stopwatch_;
  double next_ = 0.2;  // seconds, when to draw again; what ends sooner shows no bar
};

}  // namespace cli
