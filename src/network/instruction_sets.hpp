// Instruction sets by what the API calls them.
#pragma once

#include <atrous/isa.hpp>

#include "kernels/kernels.hpp"

namespace atrous::network {

// The kernels of an instruction set, or null where they were not compiled in or this machine cannot run them.
const kernels::Kernels* find_kernels(Isa isa) noexcept;

// The same, or the best of this machine for Isa::automatic. Throws Error (argument) for what it cannot run.
const kernels::Kernels& choose_kernels(Isa isa);

}  // namespace atrous::network
