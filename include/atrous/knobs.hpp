// The controls that a model was trained with, such as the gain of an amplifier.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/export.h>

namespace atrous {

/// A knob, which may stand anywhere from `min` to `max`, or a switch of several positions, counted from 0.
struct KnobInfo {
  std::string name;                      ///< as its file has it, or "PARAM1" and the like where the file names none
  double min = 0;                        ///< the least that it may be set to
  double max = 1;                        ///< the most, above min
  double default_value = 0;              ///< where it stands unless it is set; from min to max
  std::vector<std::string> positions{};  ///< the names of a switch's positions; empty: a knob without steps
};

/// The knob of that name, in letters of either case where no other differs by case alone; any thread, real-time safe.
ATROUS_API std::optional<std::size_t> find_knob(std::span<const KnobInfo> knobs, std::string_view name) noexcept;

/// What a text sets the knob to: a number from min to max; for a switch the name of a position, or its number. Throws
/// Error (argument) for anything else.
ATROUS_API double knob_value(const KnobInfo& knob, std::string_view text);

}  // namespace atrous
