// An instance of the plugin without any plugin format: the chain, the files that it plays, and the thread that loads
// them.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "chain/chain.hpp"
#include "chain/impulse.hpp"
#include "chain/model.hpp"
#include "rig/worker.hpp"

namespace plugin {

enum Part : unsigned { model_part, cabinet_a_part, cabinet_b_part, part_count };

// What there is to say about the file of a part.
struct FileReport {
  std::string wanted;   // the path that a session remembers; "" for none
  std::string playing;  // the file that is heard; "" for none
  std::string tried;    // the last file that was asked for
  std::string problem;  // why that one is not heard; "" where it is
  bool loading = false;

  bool operator!=(const FileReport& other) const;
};

// What there is to say about the model that is heard.
struct ModelReport {
  std::string name, architecture;
  double sample_rate = 0;  // Hz
  std::int64_t receptive_field = 0, parameters = 0;
  bool recurrent = false;
  int sizes = 1;
  bool states_loudness = false, states_levels = false;
  std::vector<ModelKnob> knobs;
  std::string warning;
};

// By its name.
bool is_sound(const std::string& path);

class Rig {
 public:
  Rig(int channels, double sample_rate);

  Chain chain;

  // Called after another model begins to play, or none does, by the thread that loads; to be set before any file is
  // chosen.
  std::function<void()> model_changed;

  // ---- Threads that may wait: those of windows, sessions and workers ----

  // Plays that file from now on; "" plays none. Loading goes on in the background where it takes longer than a moment.
  // What cannot be played changes nothing that is heard, and report() says why. The path is remembered wherever it is
  // missing, and where it is refused while nothing else plays: a session with it is not to lose it.
  void choose(Part part, const std::string& path);
  // The file so many steps further in the folder of the one that was asked for last.
  std::optional<std::string> neighbour_of(Part part, int steps) const;

  FileReport report(Part part) const;
  std::optional<ModelReport> model_report() const;  // nothing without a model

  // Waits until all files are loaded or refused, at most so long. False where some are not.
  bool wait(double seconds) { return worker_.wait(seconds); }

  // Not beside process(): the host's rate changes; and a new beginning, from silence.
  void set_sample_rate(double hz);
  void start();

 private:
  void load(Part part, const std::string& path);
  void play(Part part, const std::string& file);
  void offer_voice();
  void offer_voice_again(unsigned from);
  void retry(Part part, const std::function<void()>& offer);
  void start_over();
  void offer_cabinet(Part part);
  std::string found(Part part, const std::string& path) const;
  bool tidy();

  int channels_;
  std::mutex making_;  // of what is offered
  double sample_rate_;
  std::shared_ptr<const Model> model_;
  Settings made_with_ = usual_settings();  // the voice that was offered last
  std::array<std::unique_ptr<const Impulse>, part_count> impulses_;

  mutable std::mutex reporting_;
  std::array<FileReport, part_count> reports_;
  std::optional<ModelReport> model_report_;

  Worker worker_;  // ends before all that it works on
};

}  // namespace plugin
