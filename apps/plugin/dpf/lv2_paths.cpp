// LV2's entry point: the framework's, but for paths in a state, which it leaves as they are. Hosts map them by the
// feature state:mapPath to paths of their own, relative to the session, so that sessions can move with their files. To
// hosts an empty path is one too, that of the session: no file is no entry in a state.
#undef lv2_descriptor  // the framework's is renamed by CMake
#include "src/lv2/lv2.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>

#include "dpf/state_version.hpp"
#include "src/lv2/state.h"

extern "C" const LV2_Descriptor* atrous_framework_descriptor(uint32_t index);

namespace {

template <class T>
const T* feature(const LV2_Feature* const* features, const char* uri) {
  for (; features && *features; ++features) {
    if (std::strcmp((*features)->URI, uri) == 0) return static_cast<const T*>((*features)->data);
  }
  return nullptr;
}

// The two directions of the host's mapping, where it has one.
class PathMap {
 public:
  explicit PathMap(const LV2_Feature* const* features)
      : map_(feature<LV2_State_Map_Path>(features, LV2_STATE__mapPath)),
        free_(feature<LV2_State_Free_Path>(features, LV2_STATE__freePath)) {}

  std::string to_session(const char* path) const {
    return mapped(path, map_ ? map_->abstract_path(map_->handle, path) : nullptr);
  }
  std::string from_session(const char* path) const {
    return mapped(path, map_ ? map_->absolute_path(map_->handle, path) : nullptr);
  }

 private:
  std::string mapped(const char* path, char* result) const {
    if (!result) return path;
    const std::string copy = result;
    if (free_)
      free_->free_path(free_->handle, result);
    else
      std::free(result);
    return copy;
  }

  const LV2_State_Map_Path* map_;
  const LV2_State_Free_Path* free_;
};

const LV2_State_Interface& framework_state() {
  const LV2_Descriptor* framework = atrous_framework_descriptor(0);
  return *static_cast<const LV2_State_Interface*>(framework->extension_data(LV2_STATE__interface));
}

struct Saving {
  PathMap paths;
  LV2_State_Store_Function store;
  LV2_State_Handle handle;
};

LV2_State_Status store(LV2_State_Handle handle, uint32_t key, const void* data, size_t size, uint32_t type,
                       uint32_t flags) {
  const auto& saving = *static_cast<const Saving*>(handle);
  const auto* value = static_cast<const char*>(data);
  if (is_state_version(value)) return saving.store(saving.handle, key, data, size, type, flags);
  if (*value == '\0') return LV2_STATE_SUCCESS;
  const std::string path = saving.paths.to_session(value);
  return saving.store(saving.handle, key, path.c_str(), path.size() + 1, type, flags);
}

LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function to, LV2_State_Handle handle, uint32_t flags,
                      const LV2_Feature* const* features) {
  Saving saving{PathMap(features), to, handle};
  return framework_state().save(instance, store, &saving, flags, features);
}

// The keys of a state, and their types.
using Types = std::map<uint32_t, uint32_t>;

Types types_of(LV2_Handle instance) {
  Types types;
  const auto note = [](LV2_State_Handle noted, uint32_t key, const void*, size_t, uint32_t type, uint32_t) {
    (*static_cast<Types*>(noted))[key] = type;
    return LV2_STATE_SUCCESS;
  };
  framework_state().save(instance, note, &types, LV2_STATE_IS_POD, nullptr);
  return types;
}

struct Restoring {
  PathMap paths;
  LV2_State_Retrieve_Function retrieve;
  LV2_State_Handle handle;
  Types types;
  bool is_session;                 // else a preset, which leaves files as they are
  std::deque<std::string> values;  // that the framework reads until it returns
};

// A host's string may lack its end.
std::string ended(const void* data, size_t size) {
  const std::string bytes(static_cast<const char*>(data), size);
  return bytes.c_str();
}

const void* retrieve(LV2_State_Handle handle, uint32_t key, size_t* size, uint32_t* type, uint32_t* flags) {
  auto& restoring = *static_cast<Restoring*>(handle);
  const void* data = restoring.retrieve(restoring.handle, key, size, type, flags);
  const uint32_t own_type = restoring.types[key];
  if (!data && !restoring.is_session) return nullptr;
  if (data && *type != own_type) return data;  // the framework ignores it
  std::string value = data ? ended(data, *size) : "";
  if (!value.empty() && !is_state_version(value.c_str())) value = restoring.paths.from_session(value.c_str());
  restoring.values.push_back(value);
  *size = value.size() + 1;
  *type = own_type;
  return restoring.values.back().c_str();
}

LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function from, LV2_State_Handle handle, uint32_t flags,
                         const LV2_Feature* const* features) {
  const Types types = types_of(instance);
  const bool is_session = std::any_of(types.begin(), types.end(), [&](const auto& entry) {
    size_t size = 0;
    uint32_t type = 0, ignored = 0;
    const void* data = from(handle, entry.first, &size, &type, &ignored);
    return data && is_state_version(ended(data, size).c_str());
  });
  Restoring restoring{PathMap(features), from, handle, types, is_session, {}};
  return framework_state().restore(instance, retrieve, &restoring, flags, features);
}

const void* extension_data(const char* uri) {
  static const LV2_State_Interface state{save, restore};
  if (std::strcmp(uri, LV2_STATE__interface) == 0) return &state;
  return atrous_framework_descriptor(0)->extension_data(uri);
}

}  // namespace

LV2_SYMBOL_EXPORT const LV2_Descriptor* lv2_descriptor(uint32_t index) {
  if (index != 0) return nullptr;
  static const LV2_Descriptor descriptor = [] {
    LV2_Descriptor copy = *atrous_framework_descriptor(0);
    copy.extension_data = extension_data;
    return copy;
  }();
  return &descriptor;
}
