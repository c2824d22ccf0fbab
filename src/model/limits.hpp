// The largest numbers that a model file may state. They are far above any real model, and low enough that no product of
// them overflows 64 bits and no file makes the library allocate more than a few GiB.
#pragma once

#include <cstddef>
#include <cstdint>

namespace atrous::model {

inline constexpr std::uintmax_t max_file_bytes = std::uintmax_t{1} << 30;
inline constexpr std::size_t max_json_bytes = std::size_t{1} << 28;
inline constexpr std::size_t max_json_values = std::size_t{1} << 24;  // each takes 16 bytes or more in memory
inline constexpr int max_json_depth = 64;
inline constexpr std::size_t max_tensor_header_bytes = std::size_t{1} << 26;
inline constexpr std::size_t max_tensor_rank = 8;
inline constexpr std::int64_t max_weights = std::int64_t{1} << 28;  // all tensors of a file together

inline constexpr int max_channels = 1 << 14;  // of any convolution, condition or embedding
inline constexpr int max_kernel = 1 << 16;
inline constexpr int max_fir_taps = 1 << 20;  // of a filter of one row: impulse responses of rooms have 10^5 and more
inline constexpr int max_dilation = 1 << 20;
inline constexpr int max_stacks = 1 << 8;
inline constexpr int max_layers = 1 << 12;  // of all stacks together
inline constexpr int max_branches = 8;      // of a layer, beside its first conv
inline constexpr int max_post_layers = 1 << 8;
inline constexpr std::int64_t max_past_samples = std::int64_t{1} << 20;  // of all convolutions, one after the other
inline constexpr double max_state_values = 1 << 25;                      // floats that a stream holds
// Skips and residuals of a generator with their groups written out: that many, and as many per weight of the file.
inline constexpr double max_written_out = 1 << 22, max_written_out_per_weight = 16;
inline constexpr int max_nested_models = 8;           // that are conditions of each other
inline constexpr int max_sizes = 1 << 8;              // of one model
inline constexpr int max_nested_containers = 1 << 2;  // a container in a container in a container, …
inline constexpr int max_audio_channels = 64;
inline constexpr int max_hypernet_layers = 16;
// Weights that are packed to find out what becomes of those that a hypernet changes (network/provenance.hpp).
inline constexpr double max_probed_weights = std::int64_t{1} << 30;
inline constexpr double max_knob_level = 1e6;  // that a network reads of a knob, either way
inline constexpr int max_speakers = 1 << 20;
inline constexpr int max_classes = 1 << 16;
inline constexpr int max_upsample_stages = 1 << 6;
inline constexpr int max_stride = 1 << 16;  // of one upsampling stage, and of all of them together
inline constexpr int max_pad = 1 << 12;     // conditioning frames
inline constexpr int max_quantize_channels = 1 << 24;
inline constexpr int max_fft = 1 << 17;
inline constexpr int max_taps = 1 << 16;
// Tenths of nanoseconds (model/work.hpp) that a front end may take for a second of sound, and its high-pass.
inline constexpr double max_features_cost = 3e9, max_highpass_cost = 2e9;
inline constexpr int max_prewarm_samples = 1 << 20;
inline constexpr double max_effect_values = 3 << 24;  // that all streams of an effect remember
// Silence before the first sample, of all sizes together: in tenths of nanoseconds, and as many more per weight of the
// file.
inline constexpr double max_silence_cost = std::int64_t{1} << 33, max_silence_cost_per_weight = 1 << 15;
// A second of sound, in the same unit; and as many more per weight and sample, since a model that is large may be slow.
inline constexpr double max_second_cost = std::int64_t{1} << 33, max_cost_per_weight = 4;
inline constexpr double max_level_db = 200;                            // of loudness and calibration, either way
inline constexpr double min_sample_rate = 100, max_sample_rate = 1e6;  // Hz

}  // namespace atrous::model
