// What a model costs before it makes a sound: no file, however small, may make the library allocate gigabytes or hear
// silence for minutes.
#pragma once

#include <cstdint>
#include <string>

#include "model/model_data.hpp"

namespace atrous::model {

/// Zeros that an effect hears before its first sample, so that every queue holds what silence gives; or as many as the
/// model names. The model that makes the condition hears its own first. They are counted as the runtime of `.nam` does,
/// since a model that hears without end (an LSTM) notices how many they were.
std::int64_t prewarm_length(const Config& config) noexcept;
/// Whether those are enough for every queue of a model of convolutions, those of the models inside it too.
bool prewarms_fully(const Config& config) noexcept;

/// Memory, of a configuration whose numbers are in their ranges. Throws Error (invalid) beyond limits.hpp.
void check_memory(const Config& config, const std::string& file);

/// Weights, memory and silence of all sizes of a model together. Throws Error (invalid) beyond limits.hpp.
void check_cost(const ModelData& data);

}  // namespace atrous::model
