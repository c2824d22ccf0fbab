#include "batch.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include <atrous/error.hpp>

#include "files.hpp"
#include "options.hpp"
#include "stopwatch.hpp"
#include "text.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using atrous::Error;
using atrous::ErrorCode;

// False for what cannot be followed.
bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// "2/5": the second of five.
struct Shard {
  std::size_t index = 1, count = 1;
};

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  Shard shard;
  const bool numbers = slash != std::string::npos && CLI::detail::lexical_cast(text.substr(0, slash), shard.index) &&
                       CLI::detail::lexical_cast(text.substr(slash + 1), shard.count);
  if (numbers && shard.index >= 1 && shard.index <= shard.count) return shard;
  throw Error(ErrorCode::argument, "--shard: expected I/N, with I from 1 to N, found '" + text + "'");
}

std::vector<fs::path> lines_of(const fs::path& list) {
  check_input(list);
  std::ifstream file(list);
  std::vector<fs::path> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.emplace_back(line);
  }
  if (file.bad() || !file.eof()) throw Error(ErrorCode::io, list.string() + ": cannot be read");
  return lines;
}

// The files in a folder by name, without hidden ones.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_directory() && !at->path().filename().string().starts_with('.')) files.push_back(at->path());
  }
  if (error) throw Error(ErrorCode::io, folder.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> inputs_of(const BatchOptions& options) {
  std::vector<fs::path> named = options.in;
  if (!options.list.empty()) {
    for (fs::path& line : lines_of(options.list)) named.push_back(std::move(line));
  }
  std::vector<fs::path> inputs;
  for (const fs::path& path : named) {
    if (!is_folder(path)) {
      inputs.push_back(path);
      continue;
    }
    for (fs::path& file : files_in(path)) inputs.push_back(std::move(file));
  }
  if (inputs.empty())
    throw Error(ErrorCode::argument, "no inputs: give files, folders with files in them, or --list FILE");
  return inputs;
}

fs::path output_name(const std::string& pattern, const fs::path& in) {
  const std::string name = replaced(replaced(pattern, "{name}", in.filename().string()), "{stem}", in.stem().string());
  if (name.empty() || name.find('/') != std::string::npos) {
    throw Error(ErrorCode::argument,
                "--pattern: expected a file's name with {name} or {stem}, found '" + pattern + "'");
  }
  return name;
}

// What is printed of the items, by whichever thread.
class Report {
 public:
  void done(const BatchItem& item, const BatchResult& result, double took) {
    say(item, "done", {{"seconds", result.seconds}, {"took", took}, {"warnings", result.warnings}});
    ++done_;
  }
  void skipped(const BatchItem& item) {
    say(item, "skipped", Json::object());
    ++skipped_;
  }
  void failed(const BatchItem& item, const std::string& error) {
    say(item, "failed", {{"error", error}});
    ++failed_;
  }

  bool any_failed() const { return failed_ > 0; }

  void summarise(std::size_t items, double took) const {
    const std::size_t left = items - done_ - skipped_ - failed_;
    std::cerr << done_ << " done, " << skipped_ << " there already, " << failed_ << " failed"
              << (left > 0 ? ", " + std::to_string(left) + " not begun or not finished" : "") << ", in "
              << duration(took) << "\n";
  }

 private:
  void say(const BatchItem& item, const char* status, const Json& more) {
    Json line = {{"in", item.in.string()}, {"out", item.out.string()}, {"status", status}};
    line.update(more);
    const std::lock_guard lock(mutex_);
    std::cout << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;  // each as it happens
  }

  std::mutex mutex_;
  std::atomic<std::size_t> done_ = 0, skipped_ = 0, failed_ = 0;
};

void run_item(const BatchItem& item, const Render& render, const Interrupt& interrupt, Report& report) {
  try {
    std::error_code error;
    if (fs::exists(item.out, error)) return report.skipped(item);  // outputs appear whole or not at all
    const Stopwatch stopwatch;
    check_input(item.in);
    check_output(item.out, {item.in});
    const BatchResult result = render(item, interrupt);
    if (!interrupt.requested()) report.done(item, result, stopwatch.seconds());
  } catch (const std::exception& error) {
    if (!interrupt.requested()) report.failed(item, error.what());
  }
}

}  // namespace

void add_batch_files(CLI::App& command, BatchOptions& options, const std::string& what) {
  command.add_option("IN...OUT", options.files, what)->required()->type_name("FILE");
}

void add_batch_options(CLI::App& command, BatchOptions& options) {
  command.add_option("--list", options.list, "More inputs: a file that names them, a line each")->type_name("FILE");
  command.add_option("--shard", options.shard, "Of many inputs every Nth alone, from the Ith on")->type_name("I/N");
  command.add_option("--jobs", options.jobs, "Inputs at a time, of many")->check(whole_between(1, 256));
  command
      .add_option("--pattern", options.pattern, "Names of many outputs; {name} is the input's, {stem} without ending")
      ->type_name("NAME")
      ->capture_default_str();
}

void tell_apart(BatchOptions& options, bool needs_input) {
  if (needs_input && options.files.size() < 2 && options.list.empty()) {
    throw Error(ErrorCode::argument, "IN and OUT are required, found " + options.files[0].string() + " alone");
  }
  options.out = options.files.back() == "-" ? standard_output : options.files.back();
  options.in.assign(options.files.begin(), options.files.end() - 1);
  std::replace(options.in.begin(), options.in.end(), fs::path("-"), fs::path(standard_input));
}

bool is_batch(const BatchOptions& options) {
  if (!options.list.empty() || options.in.size() > 1) return true;
  const bool folder_in = !options.in.empty() && is_folder(options.in[0]);
  return is_folder(options.out) || !options.out.has_filename() || (folder_in && !options.out.has_extension());
}

std::vector<BatchItem> batch_items(const BatchOptions& options, const std::vector<fs::path>& shared) {
  const Shard shard = parse_shard(options.shard);
  const std::vector<fs::path> inputs = inputs_of(options);
  const fs::path& folder = options.out;
  std::map<fs::path, fs::path> taken;
  std::vector<BatchItem> items;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const fs::path out = folder / output_name(options.pattern, inputs[i]);
    const auto [at, is_new] = taken.emplace(out, inputs[i]);
    if (!is_new) {
      throw Error(ErrorCode::argument, inputs[i].string() + ": would become " + out.string() + ", as " +
                                           at->second.string() + " does; tell them apart with --pattern");
    }
    if (i % shard.count != shard.index - 1) continue;
    const auto is_out = [&out](const fs::path& read) {
      std::error_code none_yet;
      return fs::equivalent(read, out, none_yet);
    };
    if (is_out(inputs[i]) || std::any_of(shared.begin(), shared.end(), is_out)) {
      throw Error(ErrorCode::argument, out.string() + ": is the input too; give another folder or a --pattern");
    }
    items.push_back({inputs[i], out});
  }
  std::error_code error;
  if (fs::exists(folder, error) && !is_folder(folder)) {
    throw Error(ErrorCode::argument, folder.string() + ": expected a folder for many outputs, found a file");
  }
  fs::create_directories(folder, error);
  if (error) throw Error(ErrorCode::io, folder.string() + ": " + error.message());
  return items;
}

int run_batch(const BatchOptions& options, const std::vector<BatchItem>& items, const Render& render) {
  const Interrupt interrupt;
  const Stopwatch stopwatch;
  Report report;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < items.size() && !interrupt.requested(); i = next++) {
      run_item(items[i], render, interrupt, report);
    }
  };
  std::vector<std::thread> others;
  for (int job = 1; job < options.jobs; ++job) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  report.summarise(items.size(), stopwatch.seconds());
  if (interrupt.requested()) return interrupt.exit_code();
  return report.any_failed() ? 1 : 0;
}

}  // namespace cli
