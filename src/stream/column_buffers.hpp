// Where the values of a step stand on their way through a network, a vector per column.
#pragma once

#include <vector>

#include "stream/column_state.hpp"

namespace atrous::stream {

// Nothing but the constructor allocates.
struct ColumnBuffers {
  ColumnBuffers(const network::Plan& plan, std::size_t voices, int members);

  Arena arena;
  Area input;                // [1]: samples or class values
  std::vector<Area> v, acc;  // of each stack, side by side: acc starts where v, padded, ends
  std::vector<Area> post;    // what each entry of the post-net reads, then the output
  Area z;
  std::vector<Area> u;              // of each member
  Area film, part, mixed, kept;     // of modulated layers: [scale | shift], and parts that a film modulates
  Area condition;                   // features, for them
  std::vector<const float*> terms;  // [members][terms_of_member]
  std::size_t terms_of_member = 0;
};

}  // namespace atrous::stream
