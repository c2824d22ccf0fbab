// A field of a model at which a check stands, and the complaints that checks make.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include <atrous/error.hpp>

#include "model/text.hpp"

namespace atrous::model {

// Where a check stands: the file and the path of the field, as in docs/format.md.
struct Field {
  const std::string& file;
  std::string path;

  Field operator/(const std::string& key) const { return {file, path.empty() ? key : path + "." + key}; }
  Field operator[](std::size_t index) const { return {file, path + "[" + std::to_string(index) + "]"}; }

  [[noreturn]] void fail(const std::string& problem) const { model::fail(ErrorCode::invalid, file, path, problem); }
  void require(bool holds, const char* problem) const {
    if (!holds) fail(problem);
  }
  void range(std::int64_t found, std::int64_t low, std::int64_t high) const {
    if (found < low || found > high) {
      fail("expected " + std::to_string(low) + " to " + std::to_string(high) + ", found " + std::to_string(found));
    }
  }
  void real_range(double found, double low, double high) const {
    if (!(found >= low && found <= high)) {
      fail("expected " + std::to_string(low) + " to " + std::to_string(high) + ", found " + std::to_string(found));
    }
  }
  // In tenths of nanoseconds (work.hpp).
  void cost(double found, double most) const {
    if (found > most) {
      fail("expected at most " + number_text(most / 1e10) + " s of work per second of sound, found about " +
           number_text(std::round(found / 1e8) / 100) + " s");
    }
  }
  void equal(std::int64_t found, std::int64_t wanted, const char* what) const {
    if (found != wanted) {
      fail("expected " + std::to_string(wanted) + " (" + what + "), found " + std::to_string(found));
    }
  }
  void finite(double found) const { require(std::isfinite(found), "expected a finite number"); }
  // Groups divide both widths.
  void groups(int found, int in, int out) const {
    if (found < 1 || in % found != 0 || out % found != 0) {
      fail("expected a divisor of " + std::to_string(in) + " and " + std::to_string(out) + ", found " +
           std::to_string(found));
    }
  }
};

}  // namespace atrous::model
