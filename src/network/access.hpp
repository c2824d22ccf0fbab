// What a Network holds, and the library's own way to it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <atrous/network.hpp>

#include "network/plan.hpp"

namespace atrous {

struct Network::State {
  Model model;
  std::vector<std::shared_ptr<const network::Plan>> plans{};  // of all sizes that were packed, ascending
  std::size_t size_index = 0;                                 // among them, of the one that runs
};

struct Network::Access {
  static const network::Plan& plan(const Network& network) noexcept { return *plans(network)[size_index(network)]; }
  static const std::vector<std::shared_ptr<const network::Plan>>& plans(const Network& network) noexcept {
    return network.state_->plans;
  }
  static std::size_t size_index(const Network& network) noexcept { return network.state_->size_index; }
};

}  // namespace atrous
