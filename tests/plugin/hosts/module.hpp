// A shared object, loaded for as long as this lives.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace plugin_test {

class Module {
 public:
  explicit Module(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw std::runtime_error(dlerror());
  }
  ~Module() { dlclose(handle_); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  void* handle() const { return handle_; }
  template <class T>
  T* symbol(const char* name) const {
    return reinterpret_cast<T*>(dlsym(handle_, name));
  }

 private:
  void* handle_;
};

}  // namespace plugin_test
