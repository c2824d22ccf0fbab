#include "run/distribution.hpp"

#include <atrous/error.hpp>

namespace atrous::run {

// Each in a file of distributions/.
std::unique_ptr<const Distribution> make_categorical(const model::Code& code);
std::unique_ptr<const Distribution> make_logistic_mixture(const model::Output& output);
std::unique_ptr<const Distribution> make_gaussian(const model::Output& output);

std::unique_ptr<const Distribution> make_distribution(const model::Output& output,
                                                      const std::optional<model::Code>& code) {
  switch (output.kind) {
    case model::OutputKind::categorical:
      return make_categorical(*code);
    case model::OutputKind::logistic_mixture:
      return make_logistic_mixture(output);
    case model::OutputKind::gaussian:
      return make_gaussian(output);
    case model::OutputKind::waveform:
      break;
  }
  throw Error(ErrorCode::argument, "the model's output is a signal, not a distribution");
}

}  // namespace atrous::run
