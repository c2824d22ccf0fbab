// embed_generator MODEL IN.wav OUT.wav: speaks a sound again with a vocoder, piece by piece as a player would ask.
#include <array>
#include <atrous/audio.hpp>
#include <atrous/features.hpp>
#include <atrous/generator.hpp>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) throw std::invalid_argument("usage: embed_generator MODEL IN.wav OUT.wav");
  const atrous::Network network(atrous::Model::load(argv[1]));
  const double rate = network.info().sample_rate;
  const std::vector<float> sound = atrous::mix_to_mono(atrous::resample(atrous::read_audio(argv[2]), rate));

  atrous::Generator generator(network, {.seed = 1});
  generator.append_features(atrous::compute_features(network.model(), sound, rate).values);
  generator.finish();  // features may also arrive while sound is made: fill() gives what they allow so far

  atrous::AudioWriter writer(argv[3], rate, 1, {.samples = atrous::SampleFormat::pcm16});
  std::array<float, 512> block{};
  while (const std::size_t made = generator.fill(block)) writer.append(std::span(block).first(made));
  writer.commit();
} catch (const std::exception& error) {
  return std::cerr << error.what() << "\n", 1;
}
