// The parts of the module `atrous._atrous`, a file each.
#pragma once

#include <pybind11/pybind11.h>

#include <filesystem>
#include <string>

#include <atrous/network.hpp>

namespace python {

namespace py = pybind11;

void define_error(py::module_& module);
void define_models(py::module_& module);
void define_effect(py::module_& module);
void define_generators(py::module_& module);
void define_measures(py::module_& module);
void define_sound(py::module_& module);

// Text of the library, which may quote bytes of a file name that are not UTF-8: those show as \xNN.
py::str text(std::string_view bytes);

// What functions take for `model`: a path, a Model or a Network. A path is loaded; a Model is packed, in all its sizes.
atrous::Model as_model(py::handle object);
atrous::Network as_network(py::handle object);

}  // namespace python
