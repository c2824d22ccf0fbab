// LV2's entry point: the framework's, but for paths in a state, which it leaves as they are. Hosts map them by the
// feature state:mapPath to paths of their own, relative to the session, so that sessions can move with their files.
#undef lv2_descriptor  // the framework's is renamed by CMake
#include "src/lv2/lv2.h"

#include <cstdlib>
#include <cstring>
#include <deque>
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
  if (*value == '\0') return LV2_STATE_SUCCESS;
  if (StateVersion::is(value)) return saving.store(saving.handle, key, data, size, type, flags);
  const std::string path = saving.paths.to_session(value);
  return saving.store(saving.handle, key, path.c_str(), path.size() + 1, type, flags);
}

LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function to, LV2_State_Handle handle, uint32_t flags,
                      const LV2_Feature* const* features) {
  Saving saving{PathMap(features), to, handle};
  return framework_state().save(instance, store, &saving, flags, features);
}

struct Restoring {
  PathMap paths;
  LV2_State_Retrieve_Function retrieve;
  LV2_State_Handle handle;
  std::deque<std::string> values;  // that the framework reads until it returns
};

const void* retrieve(LV2_State_Handle handle, uint32_t key, size_t* size, uint32_t* type, uint32_t* flags) {
  auto& restoring = *static_cast<Restoring*>(handle);
  const void* data = restoring.retrieve(restoring.handle, key, size, type, flags);
  if (!data || *size == 0) return data;
  std::string value(static_cast<const char*>(data), *size);  // a host's string may lack its end
  value.resize(std::strlen(value.c_str()));
  restoring.values.push_back(StateVersion::is(value.c_str()) ? value : restoring.paths.from_session(value.c_str()));
  *size = restoring.values.back().size() + 1;
  return restoring.values.back().c_str();
}

LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function from, LV2_State_Handle handle, uint32_t flags,
                         const LV2_Feature* const* features) {
  Restoring restoring{PathMap(features), from, handle, {}};
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
