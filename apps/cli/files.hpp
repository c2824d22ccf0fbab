// What every command checks about the files it is given, before it starts to work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <atrous/network.hpp>

namespace cli {

// Throws Error (io) unless `path` names something that may be read and is no folder. Opens nothing.
void check_input(const std::filesystem::path& path);

// Throws Error (io, argument) unless `path` can be written (see atrous::check_writable) and is none of `inputs`.
void check_output(const std::filesystem::path& path, std::initializer_list<std::filesystem::path> inputs);

// Runs `write`; a write that fails although check_output passed (a full disk, say) is a failure, not bad input.
void write_or_fail(const std::function<void()>& write);

// The extension in lower case, with its dot.
std::string extension(const std::filesystem::path& path);

// "(1, 80, 12)"
std::string shape_text(const std::vector<std::int64_t>& shape);

// Throws Error (argument) unless the model has that speaker.
void check_speaker(const std::optional<int>& speaker, const std::filesystem::path& model,
                   const atrous::Network& network);

// How a model is to run, as the options of the commands have it.
struct Choice {
  std::string isa = "automatic";
  std::optional<double> size{};        // absent: the full one
  std::string precision{};             // empty: that of the file
  std::optional<double> model_rate{};  // absent: that of the file
};

// The precision of that name; none for an empty one.
std::optional<atrous::Precision> precision_of(const std::string& name);

// The model at `path`, at the rate that was chosen. Throws Error (argument) for a size where it has one only.
atrous::Model load_model(const std::filesystem::path& path, const Choice& choice = {});

// The model at `path`, ready to run. Throws Error (argument) for a size where there is but one.
atrous::Network load_network(const std::filesystem::path& path, const Choice& choice = {});

}  // namespace cli
