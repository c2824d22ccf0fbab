// How fast a network runs on this machine, and how near that is to what the machine can do.
#pragma once

#include <string>
#include <vector>

#include <atrous/network.hpp>

namespace atrous {

struct ProfileOptions {
  int block = 64;      ///< frames of a call, 1 to 65,536
  int streams = 1;     ///< voices run in turn, 1 to 256
  int threads = 1;     ///< 1 to 256; the streams are dealt out to them
  double seconds = 1;  ///< how long to measure, 0.01 to 600
};

/// Where the time of a stage goes: its kernels timed alone, over the shapes that the network runs.
struct StageProfile {
  std::string name;  ///< "convolution", "activation", "1x1", "head", …
  double us_per_sample = 0;
  double share = 0;  ///< of the whole; the last stage, "queues and the rest", is what the others leave
};

/// What one core of this machine reaches with an instruction set.
struct MachinePeaks {
  double fma_gflops = 0;            ///< independent multiply-adds in registers, 2 operations each
  double l2_gbytes_per_second = 0;  ///< reads of a buffer that fits the second cache level alone
};

struct Profile {
  double us_per_sample = 0;       ///< of one stream; the median of several runs
  double samples_per_second = 0;  ///< over all streams
  double times_real_time = 0;     ///< samples_per_second / the model's rate
  double gflops = 0;              ///< 2 · MACs of the graph, without padding or activations, times samples/s
  double gbytes_per_second = 0;   ///< weights read (once per block or per generated sample)
  MachinePeaks peaks;             ///< measured in the same run
  double fma_share = 0;           ///< gflops / (peaks.fma_gflops · threads)
  std::vector<StageProfile> stages;
};

/// Runs the network as an Effect, or as a Generator where it generates (conditioned on zeros, seed 0).
/// Throws Error (argument) for options out of range. Takes about twice `seconds`.
Profile profile(const Network& network, const ProfileOptions& options = {});

}  // namespace atrous
