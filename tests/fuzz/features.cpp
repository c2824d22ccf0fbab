// What the fuzzer of features calls with every input: read it as NumPy's arrays or as tensors. The only way out that is
// allowed is an atrous::Error of one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include <atrous/error.hpp>

#include "features/npy.hpp"
#include "model/safetensors.hpp"

namespace {

using namespace atrous;

void read(features::Bytes bytes) {
  if (model::looks_like_safetensors(bytes)) {
    model::parse_safetensors(bytes, "input", model::TensorTypes::any);
  } else if (features::looks_like_npz(bytes)) {
    features::parse_npy(features::only_array(bytes, "input"), "input");
  } else {
    features::parse_npy(bytes, "input");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    read(std::as_bytes(std::span(data, size)));
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.empty() || message.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
