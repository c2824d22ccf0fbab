/* pipe_effect MODEL RATE < IN.f32 > OUT.f32: a mono stream of raw 32-bit floats through an effect, in C. As in
 * sox guitar.wav -t f32 - | pipe_effect amp.nam 48000 | play -t f32 -r 48000 - */
#include <atrous/atrous.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char* message) {
  fprintf(stderr, "pipe_effect: %s\n", message);
  return 1;
}

/* NULL where it failed. */
static atrous_effect* make_effect(const char* path, double rate) {
  atrous_model* model;
  atrous_network* network = NULL;
  atrous_effect* effect = NULL;
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  options.sample_rate = rate;
  options.max_block = 64;
  if (atrous_model_load(path, &model) == ATROUS_OK && atrous_network_create(model, NULL, &network) == ATROUS_OK) {
    atrous_effect_create(network, &options, &effect);
  }
  atrous_network_free(network); /* the effect holds on to what it needs */
  atrous_model_free(model);
  return effect;
}

int main(int argc, char** argv) {
  if (argc != 3) return fail("usage: pipe_effect MODEL RATE < IN.f32 > OUT.f32");
  atrous_effect* effect = make_effect(argv[1], atof(argv[2]));
  if (!effect) return fail(atrous_error_message());
  float block[64];
  const float* in = block;
  float* out = block;
  size_t frames;
  while ((frames = fread(block, sizeof(float), 64, stdin)) > 0) {
    atrous_effect_process(effect, &in, &out, 1, frames); /* neither allocates nor locks */
    if (fwrite(block, sizeof(float), frames, stdout) != frames) break;
  }
  atrous_effect_free(effect);
  return ferror(stdin) || fflush(stdout) != 0 || ferror(stdout) ? fail("cannot read or write") : 0;
}
