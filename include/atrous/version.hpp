// The version of the library: that of the headers (version.h), and that of what is linked.
#pragma once

#include <string_view>

#include <atrous/export.h>
#include <atrous/version.h>

/// All of the library for C++20.
namespace atrous {

/// Of the library that is linked, "0.1.0": ATROUS_VERSION where it is that of the headers. Semantic versioning: from
/// 1.0.0 on, an equal major version links. Any thread; real-time safe.
ATROUS_API std::string_view version() noexcept;

}  // namespace atrous
