// Sound as the commands take it from files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include <atrous/audio.hpp>
#include <atrous/features.hpp>
#include <atrous/network.hpp>

namespace cli {

using atrous::Conditioning;

// A sound file with at least one sample.
atrous::AudioBuffer read_sound(const std::filesystem::path& path);

// The mean of its channels at `sample_rate`: what a model of one input hears.
std::vector<float> read_mono(const std::filesystem::path& path, double sample_rate);

// How many samples an integer format cannot hold.
std::size_t count_clipped(std::span<const float> samples);
void warn_clipped(std::size_t clipped);

// "out.wav: 3.00 s of sound in 1.20 s, 2.5 x real time", on stdout.
void print_made(const std::filesystem::path& path, double seconds_of_sound, double seconds_taken);

}  // namespace cli
