#include "module.hpp"

#include <string_view>

#include <atrous/version.hpp>

PYBIND11_MODULE(_atrous, module) {
  module.attr("__version__") = python::py::str(std::string(atrous::version()));
  python::define_error(module);
  python::define_models(module);
  python::define_effect(module);
  python::define_generators(module);
  python::define_measures(module);
  python::define_sound(module);
}
