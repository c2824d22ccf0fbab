// What the rows that come out of a network mean. A row here and a class in run/distributions are all that a kind is.
#pragma once

#include <iterator>
#include <string_view>

namespace atrous::model {

enum class OutputKind {
  waveform,          // `channels` audio channels
  categorical,       // code.classes logits
  logistic_mixture,  // 3·mixtures: logits | means | log scales
  gaussian,          // mean | log scale
};

// How many rows there are.
enum class OutputRows {
  channels,  // of audio
  classes,   // of the code
  multiple,  // of `count`
  exact,     // `count`
};

struct OutputRow {
  OutputKind kind;
  std::string_view name;  // in files
  OutputRows rows;
  int count = 0;
  const char* meaning = "";  // of the rows
};

// In the order of the kinds.
inline constexpr OutputRow output_kinds[] = {
    {OutputKind::waveform, "waveform", OutputRows::channels},
    {OutputKind::categorical, "categorical", OutputRows::classes},
    {OutputKind::logistic_mixture, "logistic_mixture", OutputRows::multiple, 3, "logits, means and log scales"},
    {OutputKind::gaussian, "gaussian", OutputRows::exact, 2, "mean and log scale"},
};

constexpr bool output_kinds_are_in_order() {
  for (int i = 0; i < int(std::size(output_kinds)); ++i) {
    if (output_kinds[i].kind != OutputKind(i)) return false;
  }
  return true;
}
static_assert(output_kinds_are_in_order());

constexpr const OutputRow& row_of(OutputKind kind) {
  return output_kinds[int(kind)];
}

// Whether a sample is drawn from it as the class of a code, not as a number.
constexpr bool gives_classes(OutputKind kind) {
  return row_of(kind).rows == OutputRows::classes;
}

}  // namespace atrous::model
