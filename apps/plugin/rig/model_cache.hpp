// Models by the file they came from, so that instances share one packed network for as long as any of them plays it.
#pragma once

#include <memory>
#include <string>

#include "chain/model.hpp"

namespace plugin {

// The model of that file: one that is in use already where the file has not changed since. Any thread; two that ask for
// the same file at once load it once. Throws Refusal.
std::shared_ptr<const Model> shared_model(const std::string& path);

}  // namespace plugin
