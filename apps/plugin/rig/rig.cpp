#include "rig/rig.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <tuple>
#include <utility>
#include <vector>

#include "rig/file_identity.hpp"
#include "rig/find_file.hpp"
#include "rig/model_cache.hpp"

namespace plugin {

namespace {

constexpr double moment = 1;  // seconds: longer than any usual model takes, so that a bounce begins with all files

const std::vector<std::string>& extensions_of(Part part) {
  static const std::vector<std::string> models{".nam", ".safetensors", ".json", ".aidax"};
  static const std::vector<std::string> sounds{".wav", ".flac", ".aiff", ".aif", ".ogg", ".w64", ".au", ".caf", ".mp3"};
  return part == model_part ? models : sounds;
}

ModelReport report_of(const Model& model) {
  return {model.name,
          model.architecture,
          model.sample_rate,
          model.receptive_field,
          model.parameters,
          model.recurrent,
          model.sizes,
          model.loudness_db.has_value(),
          model.input_level_dbu.has_value(),
          model.knobs,
          model.warnings.empty() ? "" : model.warnings.front()};
}

}  // namespace

bool FileReport::operator!=(const FileReport& other) const {
  const auto all = [](const FileReport& r) { return std::tie(r.wanted, r.playing, r.tried, r.problem, r.loading); };
  return all(*this) != all(other);
}

bool is_sound(const std::string& path) {
  return has_extension(path, extensions_of(cabinet_a_part));
}

Rig::Rig(int channels, double sample_rate)
    : chain(channels), channels_(channels), sample_rate_(sample_rate), worker_([this] { return tidy(); }) {
  chain.start(sample_rate);
}

void Rig::choose(Part part, const std::string& path) {
  {
    const std::lock_guard lock(reporting_);
    reports_[part].tried = path;
    reports_[part].loading = true;
  }
  worker_.post(int(part), [this, part, path] { load(part, path); });
  worker_.wait(moment);
}

std::optional<std::string> Rig::neighbour_of(Part part, int steps) const {
  const FileReport now = report(part);
  return neighbour(now.playing.empty() || !now.problem.empty() ? now.tried : now.playing, steps, extensions_of(part));
}

void Rig::load(Part part, const std::string& path) {
  std::string file, problem;
  try {
    file = found(part, path);
    play(part, file);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  std::error_code error;
  const bool missing = !problem.empty() && !std::filesystem::exists(file.empty() ? path : file, error);
  const std::lock_guard lock(reporting_);
  FileReport& report = reports_[part];
  if (problem.empty())
    report.playing = report.wanted = file;
  else if (missing || report.playing.empty())
    report.wanted = path;
  report.problem = problem;
  report.loading = report.tried != path;  // another one waits
}

// Throws where it is nowhere.
std::string Rig::found(Part part, const std::string& path) const {
  std::vector<std::string> bases;
  for (unsigned other = 0; other < part_count; ++other) {
    const std::string playing = report(static_cast<Part>(other)).playing;
    if (other != part && !playing.empty()) bases.push_back(std::filesystem::path(playing).parent_path().string());
  }
  for (std::string& base : usual_bases()) bases.push_back(std::move(base));
  const std::optional<std::string> file = find_file(path, bases);
  if (!file) throw Refusal(path + ": there is no such file");
  return *file;
}

void Rig::play(Part part, const std::string& file) {
  if (part == model_part) {
    std::shared_ptr<const Model> model = file.empty() ? nullptr : shared_model(file);
    const std::lock_guard lock(making_);
    std::swap(model_, model);
    try {
      offer_voice();
    } catch (...) {
      std::swap(model_, model);
      throw;
    }
    {
      const std::lock_guard report_lock(reporting_);
      model_report_ = model_ ? std::optional(report_of(*model_)) : std::nullopt;
    }
    if (model_changed) model_changed();
  } else {
    if (!file.empty()) identity_of(file);  // refuses what is no file
    auto impulse = file.empty() ? nullptr : std::make_unique<const Impulse>(file);
    const std::lock_guard lock(making_);
    impulses_[part] = std::move(impulse);
    offer_cabinet(part);
  }
}

void Rig::offer_voice() {
  made_with_ = chain.settings.read();
  chain.voice().offer(model_ ? std::make_unique<Voice>(model_, sample_rate_, channels_, made_with_)
                             : std::make_unique<Voice>());
}

// A new one where a parameter from that one on, up to those of oversampling, has changed since the last was made: the
// engine oversamples from the beginning or not at all.
void Rig::offer_voice_again(unsigned from) {
  const Settings now = chain.settings.read();
  const auto first = now.values.begin() + from, last = now.values.begin() + minimum_phase + 1;
  if (!model_ || std::equal(first, last, made_with_.values.begin() + from)) return;
  retry(model_part, [this] { offer_voice(); });
}

void Rig::retry(Part part, const std::function<void()>& offer) {
  try {
    offer();
  } catch (const std::exception& error) {
    const std::lock_guard report_lock(reporting_);
    reports_[part].problem = error.what();
  }
}

void Rig::offer_cabinet(Part part) {
  Slot<Cabinet>& slot = part == cabinet_a_part ? chain.cabinet_a() : chain.cabinet_b();
  const auto& impulse = impulses_[part];
  slot.offer(impulse ? std::make_unique<Cabinet>(*impulse, sample_rate_, channels_) : std::make_unique<Cabinet>());
}

// The audio thread, which may change parameters, cannot wake the worker's: so that one looks from time to time.
bool Rig::tidy() {
  const std::lock_guard lock(making_);
  chain.voice().collect();
  chain.cabinet_a().collect();
  chain.cabinet_b().collect();
  offer_voice_again(
      oversample);  // by the audio thread maybe, which cannot wake this one: so it looks from time to time
  return model_ || chain.voice().changing() || chain.cabinet_a().changing() || chain.cabinet_b().changing();
}

FileReport Rig::report(Part part) const {
  const std::lock_guard lock(reporting_);
  return reports_[part];
}

std::optional<ModelReport> Rig::model_report() const {
  const std::lock_guard lock(reporting_);
  return model_report_;
}

void Rig::set_sample_rate(double hz) {
  const std::lock_guard lock(making_);
  if (hz == sample_rate_) return start_over();
  sample_rate_ = hz;
  if (model_) retry(model_part, [this] { offer_voice(); });
  for (const Part part : {cabinet_a_part, cabinet_b_part}) {
    if (impulses_[part]) retry(part, [this, part] { offer_cabinet(part); });
  }
  start_over();
}

void Rig::start() {
  const std::lock_guard lock(making_);
  start_over();
}

// A model that begins has read silence with its knobs as they stand now.
void Rig::start_over() {
  offer_voice_again(first_knob);
  chain.start(sample_rate_);
}

}  // namespace plugin
