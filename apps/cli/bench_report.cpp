#include "bench_report.hpp"

#include "text.hpp"

namespace cli {
namespace {

using atrous::Profile;

std::string isa_of(const BenchRow& row) {
  return std::string(atrous::isa_name(row.how.network.isa()));
}

bool several_models(const std::vector<BenchRow>& rows) {
  return rows.front().model != rows.back().model;
}

std::string percent(double share) {
  return fixed(100 * share, 1) + " %";
}

std::string ready_text(const ReadyTime& ready) {
  return fixed(ready.total_ms(), 2) + " ms after the file is opened: " + fixed(ready.read_ms, 2) + " reading, " +
         fixed(ready.pack_ms, 2) + " packing, " + fixed(ready.start_ms, 2) + " starting";
}

void print_one(const BenchRow& row) {
  const Profile& profile = row.profile;
  const bool in_l2 = profile.weights_level == 2;
  const double bandwidth = in_l2 ? profile.peaks.l2_gbytes_per_second : profile.peaks.l3_gbytes_per_second;
  print_rows({
      {"model", row.model.string() + ", " + isa_of(row) + ", " + row.precision + ", blocks of " +
                    std::to_string(row.how.block) + ", streams " + std::to_string(row.how.streams) + ", threads " +
                    std::to_string(row.how.threads)},
      {"ready", ready_text(row.ready)},
      {"speed", fixed(profile.us_per_sample, 3) + " us/sample, " +
                    with_commas(std::int64_t(profile.samples_per_second)) + " samples/s, " +
                    fixed(profile.times_real_time, 1) + " x real time"},
      {"arithmetic", fixed(profile.gflops, 2) + " GFLOP/s, " + percent(profile.fma_share) + " of the " +
                         fixed(profile.peaks.fma_gflops, 1) + " that a core reaches"},
      {"weights", fixed(profile.gbytes_per_second, 2) + " GB/s, " + percent(profile.bandwidth_share) + " of the " +
                      fixed(bandwidth, 1) + " that a core reads from " + (in_l2 ? "L2" : "L3") + ", which holds them"},
  });
  std::vector<Row> stages;
  for (const atrous::StageProfile& stage : profile.stages) {
    stages.push_back({"  " + stage.name, fixed(stage.us_per_sample, 4) + " us/sample  " + percent(stage.share)});
  }
  print_rows(stages);
}

void print_several(const std::vector<BenchRow>& rows) {
  const bool name_models = several_models(rows);
  if (!name_models) {
    print_rows({{"model", rows[0].model.string() + ", " + rows[0].precision}, {"ready", ready_text(rows[0].ready)}});
  }
  std::vector<std::vector<std::string>> table = {
      {"isa", "block", "streams", "us/sample", "samples/s", "x real time", "GFLOP/s", "of peak", "GB/s", "of cache"}};
  for (const BenchRow& row : rows) {
    const Profile& profile = row.profile;
    table.push_back({isa_of(row), std::to_string(row.how.block), std::to_string(row.how.streams),
                     fixed(profile.us_per_sample, 3), with_commas(std::int64_t(profile.samples_per_second)),
                     fixed(profile.times_real_time, 1), fixed(profile.gflops, 2), percent(profile.fma_share),
                     fixed(profile.gbytes_per_second, 2), percent(profile.bandwidth_share)});
  }
  for (std::size_t i = 0; name_models && i < table.size(); ++i) {
    table[i].insert(table[i].begin(), i == 0 ? "model" : rows[i - 1].model.filename().string());
    table[i].push_back(i == 0 ? "ready, ms" : fixed(rows[i - 1].ready.total_ms(), 1));
  }
  print_table(table);
}

Json as_json(const BenchRow& row) {
  const Profile& profile = row.profile;
  Json json = {{"model", row.model.string()},
               {"isa", isa_of(row)},
               {"precision", row.precision},
               {"block", row.how.block},
               {"streams", row.how.streams},
               {"threads", row.how.threads},
               {"us_per_sample", profile.us_per_sample},
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
               {"ready_ms", row.ready.total_ms()},
               {"read_ms", row.ready.read_ms},
               {"pack_ms", row.ready.pack_ms},
               {"start_ms", row.ready.start_ms}};
  if (profile.stages.empty()) return json;
  Json stages = Json::array();
  for (const atrous::StageProfile& stage : profile.stages) {
    stages.push_back({{"name", stage.name}, {"us_per_sample", stage.us_per_sample}, {"share", stage.share}});
  }
  json["stages"] = stages;
  return json;
}

}  // namespace

void print_as_text(const std::vector<BenchRow>& rows) {
  if (rows.size() == 1) {
    print_one(rows[0]);
  } else {
    print_several(rows);
  }
}

void print_as_json(const std::vector<BenchRow>& rows) {
  if (rows.size() == 1) return print_json(as_json(rows[0]));
  Json runs = Json::array();
  for (const BenchRow& row : rows) runs.push_back(as_json(row));
  print_json({{"runs", runs}});
}

}  // namespace cli
