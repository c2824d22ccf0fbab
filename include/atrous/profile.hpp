// How fast networks run on this machine, and how near that is to what the machine can do.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <atrous/export.h>
#include <atrous/network.hpp>

namespace atrous {

/// One way to run a network.
struct ProfileCase {
  static constexpr std::size_t most_frames = 65536;  ///< of a call
  Network network;                                   ///< what runs
  std::size_t block = 64;                            ///< frames of a call, 1 to 65,536
  int streams = 1;  ///< 1 to 256: effects that take blocks in turn, or voices of a GeneratorBank
  int threads = 1;  ///< 1 to 256, which share the streams
};

/// How long and how closely to measure.
struct ProfileOptions {
  double seconds = 1;  ///< how long to measure each case, 0.01 to 600; its stages take as long again
  bool stages = true;  ///< measure them too
};

/// Where the time goes: a stage of the forward pass, timed as it runs.
struct StageProfile {
  std::string name;          ///< "layers at one go", "convolution", "activation", "1x1", "head", …; of models in turn
                             ///< with their number in front, "model 1: head"
  double us_per_sample = 0;  ///< of one core
  double share = 0;          ///< of the whole; the last stage, "queues and the rest", is what the others leave
};

/// What one core of this machine reaches with an instruction set.
struct MachinePeaks {
  double fma_gflops = 0;            ///< independent multiply-adds in registers, 2 operations each
  double l2_gbytes_per_second = 0;  ///< reads of a buffer that the second cache level holds, and the first does not
  double l3_gbytes_per_second = 0;  ///< the same of the third
};

/// How fast a case ran; medians.
struct Profile {
  double us_per_sample = 0;          ///< 1e6 / samples_per_second
  double samples_per_second = 0;     ///< over all streams
  double times_real_time = 0;        ///< samples_per_second / the model's rate
  double gflops = 0;                 ///< 2 · MACs of the graph, without padding or activations, times samples/s
  double fma_share = 0;              ///< gflops / (peaks.fma_gflops · threads)
  double gbytes_per_second = 0;      ///< weights read: once per block, per generated sample, or per look-ahead
  int weights_level = 2;             ///< the cache level that holds all weights: 2 or 3
  double bandwidth_share = 0;        ///< gbytes_per_second / (peaks of that level · threads)
  MachinePeaks peaks;                ///< of this machine, with the network's instruction set
  std::vector<StageProfile> stages;  ///< empty unless asked for
};

/// Runs each case as an Effect, or as a Generator where the network generates (conditioned on zeros, seed 0). The
/// cases, their stages and the peaks of their instruction sets take turns in short rounds, so that a machine that is
/// busy for a while slows all of them alike; every figure is the median of the rounds. Throws Error (argument) for
/// values out of range.
ATROUS_API std::vector<Profile> profile(std::span<const ProfileCase> cases, const ProfileOptions& options = {});

/// How many blocks to play how often.
struct JitterOptions {
  std::size_t blocks = 100'000;  ///< of a round, 1 to 10,000,000
  int rounds = 9;                ///< of the same blocks, 1 to 1000
};

/// What blocks took, in microseconds.
struct BlockTimes {
  double median_us = 0;                                  ///< over all blocks
  double worst_us = 0;                                   ///< of a single block
  double ratio() const { return worst_us / median_us; }  ///< how much longer the worst takes
};

/// How evenly the work of an effect is spread.
struct Jitter {
  BlockTimes steady;  ///< at the size that runs
  /// While the size changes to and fro, where the network has several packed (NetworkOptions::all_sizes): `median_us`
  /// is that of the smallest and that of the largest together, for during a change both run.
  std::optional<BlockTimes> change;
};

/// How evenly an effect's work is spread over its blocks: plays the same noise several times, in blocks of `block`
/// frames (1 to 65,536), and takes of each block the least that it took in any round, so that what else the machine
/// does does not count. A host that waits for every block waits for the worst. Throws Error (argument) for values out
/// of range and for a network that generates.
ATROUS_API Jitter jitter(const Network& network, std::size_t block, const JitterOptions& options = {});

}  // namespace atrous
