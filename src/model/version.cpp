#include <atrous/version.hpp>

namespace atrous {

std::string_view version() noexcept {
  return ATROUS_VERSION;
}

}  // namespace atrous
