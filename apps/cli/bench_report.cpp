#include "bench_report.hpp"

#include <atrous/plot.hpp>

#include "text.hpp"

namespace cli {
namespace {

using atrous::Profile;
using atrous::ProfileCase;

std::string isa_of(const ProfileCase& each) {
  return std::string(atrous::isa_name(each.network.isa()));
}

bool generates(const BenchReport& report) {
  return report.cases[0].network.info().generates;
}

std::string percent(double share) {
  return fixed(100 * share, 1) + " %";
}

std::string level_name(const Profile& profile) {
  return "L" + std::to_string(profile.weights_level);
}

double peak_of_level(const Profile& profile) {
  return profile.weights_level == 2 ? profile.peaks.l2_gbytes_per_second : profile.peaks.l3_gbytes_per_second;
}

std::string ready_text(const ReadyTime& ready) {
  return fixed(ready.total_ms(), 2) + " ms after the file is opened: " + fixed(ready.read_ms, 2) + " reading, " +
         fixed(ready.pack_ms, 2) + " packing, " + fixed(ready.start_ms, 2) + " starting";
}

void print_one(const BenchReport& report, const ProfileCase& each, const Profile& profile) {
  print_rows({
      {"model", report.model.string() + ", " + isa_of(each) + ", " + report.precision + ", blocks of " +
                    std::to_string(each.block) + ", streams " + std::to_string(each.streams) + ", threads " +
                    std::to_string(each.threads)},
      {"ready", ready_text(report.ready)},
      {"speed", fixed(profile.us_per_sample, 3) + " us/sample, " +
                    with_commas(std::int64_t(profile.samples_per_second)) + " samples/s, " +
                    fixed(profile.times_real_time, 1) + " x real time"},
      {"arithmetic", fixed(profile.gflops, 2) + " GFLOP/s, " + percent(profile.fma_share) + " of the " +
                         fixed(profile.peaks.fma_gflops, 1) + " that a core reaches"},
      {"weights", fixed(profile.gbytes_per_second, 2) + " GB/s, " + percent(profile.bandwidth_share) + " of the " +
                      fixed(peak_of_level(profile), 1) + " that a core reads from " + level_name(profile) +
                      ", which holds them"},
  });
  std::vector<Row> rows;
  for (const atrous::StageProfile& stage : profile.stages) {
    rows.push_back({"  " + stage.name, fixed(stage.us_per_sample, 4) + " us/sample  " + percent(stage.share)});
  }
  print_rows(rows);
}

void print_several(const BenchReport& report) {
  print_rows({{"model", report.model.string() + ", " + report.precision}, {"ready", ready_text(report.ready)}});
  std::vector<std::vector<std::string>> table = {
      {"isa", "block", "streams", "us/sample", "samples/s", "x real time", "GFLOP/s", "of peak", "GB/s", "of cache"}};
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    const ProfileCase& each = report.cases[i];
    const Profile& profile = report.profiles[i];
    table.push_back({isa_of(each), std::to_string(each.block), std::to_string(each.streams),
                     fixed(profile.us_per_sample, 3), with_commas(std::int64_t(profile.samples_per_second)),
                     fixed(profile.times_real_time, 1), fixed(profile.gflops, 2), percent(profile.fma_share),
                     fixed(profile.gbytes_per_second, 2), percent(profile.bandwidth_share)});
  }
  print_table(table);
}

Json as_json(const BenchReport& report, const ProfileCase& each, const Profile& profile) {
  Json json = {{"us_per_sample", profile.us_per_sample},
               {"samples_per_second", profile.samples_per_second},
               {"times_real_time", profile.times_real_time},
               {"gflops", profile.gflops},
               {"fma_share", profile.fma_share},
               {"gbytes_per_second", profile.gbytes_per_second},
               {"weights_level", profile.weights_level},
               {"bandwidth_share", profile.bandwidth_share},
               {"fma_peak_gflops", profile.peaks.fma_gflops},
               {"l2_gbytes_per_second", profile.peaks.l2_gbytes_per_second},
               {"l3_gbytes_per_second", profile.peaks.l3_gbytes_per_second},
               {"isa", isa_of(each)},
               {"precision", report.precision},
               {"block", each.block},
               {"streams", each.streams},
               {"threads", each.threads}};
  if (profile.stages.empty()) return json;
  Json stages = Json::array();
  for (const atrous::StageProfile& stage : profile.stages) {
    stages.push_back({{"name", stage.name}, {"us_per_sample", stage.us_per_sample}, {"share", stage.share}});
  }
  json["stages"] = stages;
  return json;
}

}  // namespace

void print_as_text(const BenchReport& report) {
  if (report.cases.size() == 1) {
    print_one(report, report.cases[0], report.profiles[0]);
  } else {
    print_several(report);
  }
}

void print_as_json(const BenchReport& report) {
  Json json = {{"ready_ms", report.ready.total_ms()},
               {"read_ms", report.ready.read_ms},
               {"pack_ms", report.ready.pack_ms},
               {"start_ms", report.ready.start_ms}};
  Json runs = Json::array();
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    runs.push_back(as_json(report, report.cases[i], report.profiles[i]));
  }
  if (runs.size() == 1) {
    json.update(runs[0]);
  } else {
    json["runs"] = runs;
  }
  print_json(json);
}

void plot_sweep(const BenchReport& report, const std::filesystem::path& path) {
  const bool generator = generates(report);
  std::vector<atrous::PlotSeries> lines;
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    const ProfileCase& each = report.cases[i];
    const Profile& profile = report.profiles[i];
    if (lines.empty() || lines.back().name != isa_of(each)) lines.push_back({isa_of(each), {}, {}});
    lines.back().x.push_back(generator ? each.streams : each.block);
    lines.back().y.push_back(generator ? profile.samples_per_second : profile.us_per_sample);
  }
  atrous::PlotOptions options;
  options.title = report.model.filename().string() + ", " + report.precision;
  options.x_label = generator ? "streams" : "frames per block";
  options.y_label = generator ? "samples/s of all streams" : "us/sample";
  options.x_scale = atrous::PlotScale::log2;
  options.y_scale = atrous::PlotScale::log10;
  atrous::write_plot(lines, path, options);
}

}  // namespace cli
