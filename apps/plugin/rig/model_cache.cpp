#include "rig/model_cache.hpp"

#include <map>
#include <mutex>

#include "rig/file_identity.hpp"

namespace plugin {

namespace {

struct Entry {
  std::mutex loading;
  std::weak_ptr<const Model> model;
};

class ModelCache {
 public:
  std::shared_ptr<const Model> model(const std::string& path) {
    const std::shared_ptr<Entry> entry = entry_of(identity_of(path));
    const std::lock_guard lock(entry->loading);
    std::shared_ptr<const Model> model = entry->model.lock();
    if (!model) entry->model = model = std::make_shared<const Model>(path);
    return model;
  }

 private:
  std::shared_ptr<Entry> entry_of(const FileIdentity& identity) {
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const bool unused = entry->second.use_count() == 1 && entry->second->model.expired();
      entry = unused ? entries_.erase(entry) : std::next(entry);
    }
    std::shared_ptr<Entry>& entry = entries_[identity];
    if (!entry) entry = std::make_shared<Entry>();
    return entry;
  }

  std::mutex mutex_;
  std::map<FileIdentity, std::shared_ptr<Entry>> entries_;
};

}  // namespace

std::shared_ptr<const Model> shared_model(const std::string& path) {
  static ModelCache cache;
  return cache.model(path);
}

}  // namespace plugin
