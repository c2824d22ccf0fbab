// atrous::Error as the exception atrous.Error, which carries its code.
#include <exception>

#include <atrous/error.hpp>

#include "module.hpp"

namespace python {
namespace {

const char* name_of(atrous::ErrorCode code) {
  switch (code) {
    case atrous::ErrorCode::io:
      return "io";
    case atrous::ErrorCode::format:
      return "format";
    case atrous::ErrorCode::invalid:
      return "invalid";
    case atrous::ErrorCode::unsupported:
      return "unsupported";
    case atrous::ErrorCode::argument:
      return "argument";
  }
  return "argument";
}

void raise(const atrous::Error& error) {
  const py::object type = py::module_::import("atrous._atrous").attr("Error");
  py::object raised = type(text(error.what()));
  raised.attr("code") = name_of(error.code());
  PyErr_SetObject(type.ptr(), raised.ptr());
}

constexpr const char* documentation =
    "What the engine refuses, as one line that names the file and the field, with the values expected and found.\n\n"
    "`code` is 'io' (a file cannot be opened, read or written), 'format' (a file is not what it claims to be),\n"
    "'invalid' (a model whose numbers contradict each other), 'unsupported' (a feature that this version does not "
    "run)\n"
    "or 'argument' (an argument outside its range). Arrays of another dtype than float32 and float64 are TypeErrors\n"
    "instead, and those of another shape than asked for ValueErrors.";

}  // namespace

py::str text(std::string_view bytes) {
  PyObject* decoded = PyUnicode_DecodeUTF8(bytes.data(), py::ssize_t(bytes.size()), "backslashreplace");
  if (decoded == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(decoded);
}

void define_error(py::module_& module) {
  PyObject* type = PyErr_NewExceptionWithDoc("atrous.Error", documentation, nullptr, nullptr);
  if (type == nullptr) throw py::error_already_set();
  module.attr("Error") = py::reinterpret_steal<py::object>(type);
  module.attr("Error").attr("code") = "argument";  // of one that Python code makes
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const atrous::Error& error) {
      raise(error);
    }
  });
}

}  // namespace python
