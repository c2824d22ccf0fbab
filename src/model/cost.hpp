// What a model costs before it makes a sound: no file, however small, may make the library allocate gigabytes or read
// silence for minutes.
#pragma once

#include <cstdint>
#include <string>

#include "model/field.hpp"
#include "model/model_data.hpp"

namespace atrous::model {

// Zeros that an effect reads before its first sample, so that every queue holds what silence gives; or as many as the
// model names. The model that makes the condition reads its own first. They are counted as the runtime of `.nam` does,
// since a model that reads without end (an LSTM) notices how many they were.
std::int64_t prewarm_length(const Config& config) noexcept;
// Whether a stream may settle its queues one by one instead (BlockStream::settle_at_once), as the model remembers
// nothing else and reads enough zeros for all of them, the models inside it too; and whether that is less work.
bool settles_by_queues(const Config& config) noexcept;

// Of all sizes of a model, and of those inside it.
std::int64_t count_weights(const ModelData& data);

// Floats that one stream holds, the models inside it included; of a generator, in both shapes.
double stream_values(const Config& config) noexcept;
// Tenths of nanoseconds from a network to an effect's first sample: its streams are made and read their silence.
double silence_cost(const Config& config) noexcept;

// Values that all streams of an effect remember together, and the state that they go back to. Throws Error (argument)
// beyond limits.hpp.
void check_streams(const Config& config, const std::string& file, int streams);

// Memory, of a configuration whose numbers are in their ranges. Throws Error (invalid) beyond limits.hpp.
void check_memory(const Field& root, const Config& config);

// Weights, memory and silence of all sizes of a model together, and what a second of sound takes. Throws Error
// (invalid) beyond limits.hpp.
void check_cost(const ModelData& data);

}  // namespace atrous::model
