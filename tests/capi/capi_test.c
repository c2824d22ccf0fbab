/* capi_test FOLDER MODELS: the C API as a C program sees it: every function, every error, and the same bits as the C++
 * API (FOLDER is that of capi_cases). */
#include <atrous/atrous.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 6000, BINS = 6 };

static int checks = 0, failures = 0;

static void check(int holds, const char* what, int line) {
  ++checks;
  if (holds) return;
  ++failures;
  printf("line %d: not so: %s (last error: %s)\n", line, what, atrous_error_message());
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)
#define OK(call) check((call) == ATROUS_OK, #call, __LINE__)
/* The call fails so, with a message that says so. */
#define FAILS(status, text, call) \
  check((call) == (status) && strstr(atrous_error_message(), text) != NULL, #call, __LINE__)
#define REFUSED(text, call) FAILS(ATROUS_ERROR_ARGUMENT, text, call)

static const char *folder, *models;

/* FOLDER/name or MODELS/name; valid until the call after next. */
static const char* in_folder(const char* parent, const char* name) {
  static char paths[2][4096];
  static int next = 0;
  next = 1 - next;
  snprintf(paths[next], sizeof(paths[next]), "%s/%s", parent, name);
  return paths[next];
}

/* A whole file; `size` in bytes. */
static void* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  char* bytes = malloc(1 << 24);
  *size = 0;
  if (file == NULL || bytes == NULL) {
    printf("cannot read %s\n", path);
    exit(2);
  }
  *size = fread(bytes, 1, 1 << 24, file);
  fclose(file);
  return bytes;
}

/* Whether these are the bytes of a case. */
static int same(const char* name, const void* values, size_t size) {
  size_t wanted;
  void* bytes = read_file(in_folder(folder, name), &wanted);
  const int equal = wanted == size && memcmp(bytes, values, size) == 0;
  free(bytes);
  return equal;
}

static float* input(void) {
  size_t size;
  return read_file(in_folder(folder, "in.f32"), &size);
}

static atrous_network* load(const char* path, const atrous_network_options* options) {
  atrous_model* model = NULL;
  atrous_network* network = NULL;
  OK(atrous_model_load(path, &model));
  OK(atrous_network_create(model, options, &network));
  atrous_model_free(model);
  return network;
}

static void test_library(void) {
  size_t i;
  CHECK(strcmp(atrous_version(), ATROUS_VERSION) == 0);
  CHECK(strcmp(atrous_error_message(), "") == 0);
  for (i = 0; i <= ATROUS_ERROR_INTERNAL; ++i) CHECK(strcmp(atrous_status_name((atrous_status)i), "unknown") != 0);
  CHECK(strcmp(atrous_status_name(ATROUS_OK), "ok") == 0);
  CHECK(strcmp(atrous_status_name((atrous_status)8), "unknown") == 0);
  CHECK(strcmp(atrous_isa(0), "reference") == 0);
  for (i = 0; atrous_isa(i) != NULL; ++i) CHECK(i < 10);
  CHECK(atrous_isa((size_t)-1) == NULL);
}

static void test_models(void) {
  atrous_model *model = NULL, *other = NULL;
  atrous_model_info info;
  double gain = 0, bounds[2] = {0, 0};
  size_t size;
  void* bytes = read_file(in_folder(folder, "slim.nam"), &size);

  OK(atrous_model_from_memory(bytes, size, "a name", &model));
  memset(bytes, 0, size);
  free(bytes);
  info.struct_size = sizeof info;
  OK(atrous_model_get_info(model, &info));
  CHECK(info.struct_size == sizeof info);
  CHECK(strcmp(info.format, "nam") == 0 && strcmp(info.architecture, "WaveNet") == 0);
  CHECK(strcmp(info.precision, "f32") == 0 && strcmp(info.name, "") == 0);
  CHECK(info.sample_rate == 48000);
  CHECK(isnan(info.loudness_db) && isnan(info.gain) && isnan(info.input_level_dbu) && isnan(info.output_level_dbu));
  CHECK(atrous_model_warning(model, 0) == NULL);

  CHECK(atrous_model_size_bounds(model, NULL, 0) >= 1);
  CHECK(atrous_model_size_bounds(model, bounds, 1) == atrous_model_size_bounds(model, NULL, 2));
  CHECK(bounds[0] > 0 && bounds[0] < 1 && bounds[1] == 0);
  OK(atrous_model_at_size(model, 0, &other));
  CHECK(atrous_model_size_bounds(other, NULL, 0) == 0);
  atrous_model_free(other);
  REFUSED("expected 0 to 1", atrous_model_at_size(model, 1.5, &other));
  CHECK(other == NULL);

  OK(atrous_model_at_sample_rate(model, 96000, &other));
  OK(atrous_model_get_info(other, &info));
  CHECK(info.sample_rate == 96000);
  OK(atrous_model_save(other, in_folder(folder, "saved.safetensors")));
  atrous_model_free(other);
  OK(atrous_model_load(in_folder(folder, "saved.safetensors"), &other));
  OK(atrous_model_get_info(other, &info));
  CHECK(strcmp(info.format, "native") == 0 && info.sample_rate == 96000);
  atrous_model_free(other);
  REFUSED("a name: sample_rate", atrous_model_at_sample_rate(model, 1, &other));
  FAILS(ATROUS_ERROR_IO, "no/such/folder", atrous_model_save(model, "no/such/folder/x.safetensors"));

  REFUSED("loudness", atrous_model_loudness_gain(model, &gain));
  REFUSED("input_level_dbu", atrous_model_input_gain(model, 12, &gain));
  REFUSED("output_level_dbu", atrous_model_output_gain(model, 12, &gain));
  CHECK(gain == 0);
  atrous_model_free(model);
}

static void test_levels(void) {
  static const char nam[] =
      "{\"version\": \"0.7.0\", \"architecture\": \"Linear\", \"config\": {\"receptive_field\": 1, \"bias\": false},"
      "\"weights\": [1], \"metadata\": {\"name\": \"w\\u00e9\", \"loudness\": -24, \"gain\": 0.5, \"input_level_dbu\": "
      "6,"
      "\"output_level_dbu\": 12}}";
  atrous_model* model = NULL;
  atrous_model_info info;
  double gain = 0;
  OK(atrous_model_from_memory(nam, sizeof(nam) - 1, NULL, &model));
  OK(atrous_model_loudness_gain(model, &gain));
  CHECK(fabs(gain - pow(10, 6 / 20.0)) < 1e-12);
  OK(atrous_model_input_gain(model, 12, &gain));
  CHECK(fabs(gain - pow(10, 6 / 20.0)) < 1e-12);
  OK(atrous_model_output_gain(model, 6, &gain));
  CHECK(fabs(gain - pow(10, 6 / 20.0)) < 1e-12);
  REFUSED("expected -200 to 200", atrous_model_input_gain(model, 201, &gain));
  info.struct_size = sizeof info;
  OK(atrous_model_get_info(model, &info));
  CHECK(strcmp(info.name, "w\xc3\xa9") == 0);
  CHECK(info.loudness_db == -24 && info.gain == 0.5 && info.input_level_dbu == 6 && info.output_level_dbu == 12);
  CHECK(strstr(atrous_model_warning(model, 0), "sample rate") != NULL);
  CHECK(atrous_model_warning(model, 1) == NULL);
  atrous_model_free(model);
}

static void test_bad_models(void) {
  static const char invalid[] =
      "{\"version\": \"0.7.0\", \"architecture\": \"Linear\", \"config\": {\"receptive_field\": 2, \"bias\": false},"
      "\"weights\": [1]}";
  static const char unsupported[] =
      "{\"version\": \"0.7.0\", \"architecture\": \"Transformer\", \"config\": {}, \"weights\": [1]}";
  char name[4000];
  atrous_model* model = (atrous_model*)name;
  FAILS(ATROUS_ERROR_IO, "no such.nam", atrous_model_load("no such.nam", &model));
  CHECK(model == NULL);
  FAILS(ATROUS_ERROR_FORMAT, "memory: ", atrous_model_from_memory("bytes", 5, NULL, &model));
  FAILS(ATROUS_ERROR_FORMAT, "empty: ", atrous_model_from_memory(NULL, 0, "empty", &model));
  FAILS(ATROUS_ERROR_UNSUPPORTED, "Transformer",
        atrous_model_from_memory(unsupported, sizeof(unsupported) - 1, "x.nam", &model));
  CHECK(atrous_model_from_memory(invalid, sizeof(invalid) - 1, "x.nam", &model) == ATROUS_ERROR_INVALID ||
        atrous_model_from_memory(invalid, sizeof(invalid) - 1, "x.nam", &model) == ATROUS_ERROR_FORMAT);
  CHECK(strstr(atrous_error_message(), "x.nam: ") != NULL && model == NULL);
  memset(name, 'n', sizeof(name));
  name[sizeof(name) - 1] = 0;
  FAILS(ATROUS_ERROR_FORMAT, "nnnn", atrous_model_from_memory("bytes", 5, name, &model));
  CHECK(strlen(atrous_error_message()) == 2047);
}

static void test_networks(void) {
  atrous_network_options options = ATROUS_NETWORK_OPTIONS;
  atrous_network_info info;
  atrous_stack stack;
  atrous_model* model = NULL;
  atrous_network *network = NULL, *smaller = NULL;
  int dilations[3] = {-1, -1, -1};
  int64_t all_parameters;
  OK(atrous_model_load(in_folder(folder, "slim.nam"), &model));
  OK(atrous_network_create(model, NULL, &network));
  info.struct_size = sizeof info;
  OK(atrous_network_get_info(network, &info));
  CHECK(strcmp(info.architecture, "WaveNet") == 0 && strcmp(info.precision, "f32") == 0);
  CHECK(strcmp(info.isa, "automatic") != 0 && info.sample_rate == 48000);
  CHECK(info.receptive_field > 1 && info.covered_lags > 0 && info.parameters > 10 && info.macs_per_sample > 10);
  CHECK(info.inputs == 1 && info.outputs == 1 && info.generates == 0 && info.recurrent == 0);
  CHECK(info.speakers == 0 && info.feature_bins == 0 && info.feature_hop == 0);
  CHECK(atrous_network_dilations(network, NULL, 3) == (size_t)info.layers);
  CHECK(atrous_network_dilations(network, dilations, 2) == (size_t)info.layers);
  CHECK(dilations[0] >= 1 && dilations[1] >= 1 && dilations[2] == -1);
  CHECK(atrous_network_branches(network, 0, dilations, 3) == 0 && atrous_network_branches(NULL, 0, NULL, 0) == 0);
  CHECK(atrous_network_branches(network, (size_t)info.layers, NULL, 0) == 0);
  CHECK(info.stacks >= 1 && info.hdc_stacks >= 0 && info.hdc_stacks <= info.stacks);
  stack.struct_size = sizeof stack;
  OK(atrous_network_get_stack(network, 0, &stack));
  CHECK(stack.kernel >= 1 && stack.hdc_holds == (stack.hdc_distance <= stack.kernel));
  REFUSED("but the network has", atrous_network_get_stack(network, (size_t)info.stacks, &stack));
  REFUSED("stack is NULL", atrous_network_get_stack(network, 0, NULL));
  CHECK(atrous_network_conditioned_samples(network, 10, 0) == 0);
  all_parameters = info.parameters;
  options.size = 0;
  options.isa = "reference";
  OK(atrous_network_create(model, &options, &smaller));
  OK(atrous_network_get_info(smaller, &info));
  CHECK(strcmp(info.isa, "reference") == 0 && info.parameters < all_parameters);
  atrous_network_free(smaller);
  options.size = -1;
  REFUSED("expected 0 to 1", atrous_network_create(model, &options, &smaller));
  CHECK(smaller == NULL);
  options.size = 1;
  options.isa = "pdp11";
  REFUSED("pdp11", atrous_network_create(model, &options, &smaller));
  options.isa = NULL;
  options.precision = "f16";
  REFUSED("f16", atrous_network_create(model, &options, &smaller));
  options.precision = "int8";
  REFUSED("int8", atrous_network_create(model, &options, &smaller));
  while (atrous_network_warning(network, all_parameters > 0 ? 1000 : 0) != NULL) CHECK(0);
  atrous_model_free(model);
  atrous_network_free(network);

  network = load(in_folder(folder, "voice.safetensors"), NULL);
  OK(atrous_network_get_info(network, &info));
  CHECK(info.generates == 1 && info.speakers == 3 && info.feature_bins == BINS && info.feature_hop > 1);
  CHECK(info.weight_bytes > 0 && info.outputs == 32);
  CHECK(atrous_network_conditioned_samples(network, 10, 0) > atrous_network_conditioned_samples(network, 10, 1));
  CHECK(atrous_network_warning(network, 0) == NULL || strlen(atrous_network_warning(network, 0)) > 10);
  atrous_network_free(network);
}

static void test_effect(void) {
  atrous_network_options all_sizes = ATROUS_NETWORK_OPTIONS;
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  atrous_network* network;
  atrous_effect* effect = NULL;
  float* in = input();
  float* out = malloc(2 * FRAMES * sizeof(float));
  double facts[3];
  size_t t;
  all_sizes.all_sizes = 1;
  network = load(in_folder(folder, "slim.nam"), &all_sizes);
  options.sample_rate = 44100;
  options.max_block = 100;
  options.channels = 2;
  options.input_gain = 0.5;
  options.output_gain = 2;
  options.rest = 0;
  options.ceiling = 0.25;
  OK(atrous_effect_create(network, &options, &effect));
  atrous_network_free(network);
  CHECK(atrous_effect_channels(effect) == 2);
  for (t = 0; t < FRAMES; t += 150) {
    const float* from[2];
    float* to[2];
    from[0] = in + t, from[1] = in + FRAMES + t;
    to[0] = out + t, to[1] = out + FRAMES + t;
    if (t == 1500) atrous_effect_set_size(effect, 0);
    if (t == 4500) atrous_effect_reset(effect);
    atrous_effect_process(effect, from, to, 2, 150);
  }
  CHECK(same("effect.f32", out, 2 * FRAMES * sizeof(float)));
  facts[0] = (double)atrous_effect_latency(effect);
  facts[1] = atrous_effect_exact_latency(effect);
  facts[2] = (double)atrous_effect_guarded(effect);
  CHECK(facts[0] > 0 && facts[2] > 0);
  CHECK(same("effect.f64", facts, sizeof(facts)));
  atrous_effect_free(effect);

  network = load(in_folder(models, "amp.nam"), NULL);
  OK(atrous_effect_create(network, NULL, &effect));
  atrous_network_free(network);
  {
    const float* from = in;
    atrous_effect_process(effect, &from, &out, 1, FRAMES);
  }
  CHECK(same("amp.f32", out, FRAMES * sizeof(float)));
  CHECK(atrous_effect_latency(effect) == 0 && atrous_effect_exact_latency(effect) == 0);
  CHECK(atrous_effect_guarded(effect) == 0 && atrous_effect_channels(effect) == 1);
  atrous_effect_free(effect);
  free(in);
  free(out);
}

static void test_knobs(void) {
  atrous_network* network = load(in_folder(folder, "knob.safetensors"), NULL);
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  const double first[1] = {0.25};
  atrous_knob knob;
  atrous_effect* effect = NULL;
  float* in = input();
  float* out = malloc(FRAMES * sizeof(float));
  size_t t;
  CHECK(atrous_network_knobs(network) == 1 && atrous_network_find_knob(network, "PARAM1") == 0);
  CHECK(atrous_network_find_knob(network, "gain") == SIZE_MAX && atrous_network_find_knob(NULL, "gain") == SIZE_MAX);
  knob.struct_size = sizeof(knob);
  OK(atrous_network_get_knob(network, 0, &knob));
  CHECK(strcmp(knob.name, "param1") == 0 && knob.min == 0 && knob.max == 1 && knob.default_value == 0.5);
  CHECK(knob.positions == 0 && atrous_network_knob_position(network, 0, 0) == NULL);
  CHECK(atrous_network_knob_position(network, 1, 0) == NULL && atrous_network_knobs(NULL) == 0);
  REFUSED("knob 1", atrous_network_get_knob(network, 1, &knob));
  REFUSED("knob is NULL", atrous_network_get_knob(network, 0, NULL));

  options.knobs = first;
  options.knob_count = 2;
  REFUSED("values for knobs", atrous_effect_create(network, &options, &effect));
  options.knob_count = 1;
  options.knob_ramp = -1;
  REFUSED("knob_ramp", atrous_effect_create(network, &options, &effect));
  options.knob_ramp = 0.02;
  OK(atrous_effect_create(network, &options, &effect));
  atrous_network_free(network);
  for (t = 0; t < FRAMES; t += 150) {
    const float* from = in + t;
    float* to = out + t;
    if (t == 1500) atrous_effect_set_knob(effect, 0, 0.75);
    atrous_effect_process(effect, &from, &to, 1, 150);
  }
  CHECK(same("knob.f32", out, FRAMES * sizeof(float)));
  CHECK(atrous_effect_latency(effect) == 0);
  atrous_effect_free(effect);

  network = load(in_folder(models, "amp.nam"), NULL);
  options = (atrous_effect_options)ATROUS_EFFECT_OPTIONS;
  options.oversample = 3;
  REFUSED("oversample is 3", atrous_effect_create(network, &options, &effect));
  options.oversample = 2;
  OK(atrous_effect_create(network, &options, &effect));
  atrous_network_free(network);
  CHECK(atrous_effect_latency(effect) == 64 && atrous_effect_exact_latency(effect) == 64);
  atrous_effect_free(effect);
  network = load(in_folder(models, "amp.nam"), NULL);
  options.oversample_phase = "quadratic";
  REFUSED("no filter phase \"quadratic\"", atrous_effect_create(network, &options, &effect));
  options.oversample_phase = "minimum";
  OK(atrous_effect_create(network, &options, &effect));
  atrous_network_free(network);
  CHECK(atrous_effect_latency(effect) == 4);
  atrous_effect_free(effect);
  free(in);
  free(out);
}

/* What a host may get wrong while it plays. */
static void test_careless_host(void) {
  atrous_network* network = load(in_folder(models, "amp.nam"), NULL);
  atrous_effect* effect = NULL;
  float a[10], b[10];
  float* out[2];
  int i;
  out[0] = a, out[1] = b;
  OK(atrous_effect_create(network, NULL, &effect));
  atrous_effect_process(effect, NULL, out, 2, 10); /* no input; a channel too many */
  for (i = 0; i < 10; ++i) CHECK(b[i] == 0 && fabs(a[i]) < 1);
  atrous_effect_process(effect, NULL, NULL, 2, 10);
  out[0] = NULL, b[3] = 7;
  atrous_effect_process(effect, NULL, out, 2, 3);
  CHECK(b[3] == 7);
  atrous_effect_set_size(effect, (double)NAN);
  out[0] = a, a[9] = b[9] = 7;
  atrous_effect_process(NULL, NULL, out, 2, 9);
  for (i = 0; i < 9; ++i) CHECK(a[i] == 0 && b[i] == 0);
  CHECK(a[9] == 7 && b[9] == 7);
  atrous_effect_free(effect);
  atrous_network_free(network);
}

static void test_taps(void) {
  atrous_model* model = NULL;
  atrous_model_info info;
  atrous_network* network = NULL;
  atrous_effect* effect = NULL;
  float* in = input();
  float* out = malloc(FRAMES * sizeof(float));
  const float* from = in;
  float nothing = NAN;
  OK(atrous_model_from_taps(in, 300, 48000, &model));
  info.struct_size = sizeof info;
  OK(atrous_model_get_info(model, &info));
  CHECK(strcmp(info.architecture, "Linear") == 0 && info.sample_rate == 48000);
  OK(atrous_network_create(model, NULL, &network));
  OK(atrous_effect_create(network, NULL, &effect));
  CHECK(atrous_effect_latency(effect) == 0);
  atrous_effect_process(effect, &from, &out, 1, FRAMES);
  CHECK(same("taps.f32", out, FRAMES * sizeof(float)));
  atrous_effect_free(effect);
  atrous_network_free(network);
  atrous_model_free(model);
  free(in);
  free(out);
  REFUSED("count: expected 1 to 1048576", atrous_model_from_taps(&nothing, 0, 48000, &model));
  REFUSED("sample_rate: expected 100 to 1000000 Hz", atrous_model_from_taps(&nothing, 1, 1, &model));
  FAILS(ATROUS_ERROR_INVALID, "post.0.weight", atrous_model_from_taps(&nothing, 1, 48000, &model));
}

static void test_sounds(void) {
  atrous_sound *sound = NULL, *other = NULL;
  float* in = input();
  size_t frames;
  OK(atrous_sound_load(in_folder(folder, "sound.wav"), 0, &sound));
  CHECK(atrous_sound_sample_rate(sound) == 44100 && atrous_sound_channels(sound) == 2);
  frames = atrous_sound_frames(sound);
  CHECK(frames == FRAMES && memcmp(atrous_sound_samples(sound), in, 2 * frames * sizeof(float)) == 0);
  OK(atrous_sound_resample(sound, 48000, &other));
  CHECK(same("sound.f32", atrous_sound_samples(other), 2 * atrous_sound_frames(other) * sizeof(float)));
  atrous_sound_free(other);
  REFUSED("", atrous_sound_resample(sound, 1, &other));
  atrous_sound_free(sound);
  OK(atrous_sound_load(in_folder(folder, "sound.wav"), 100, &sound));
  CHECK(atrous_sound_frames(sound) == 100 && memcmp(atrous_sound_samples(sound), in, 200 * sizeof(float)) == 0);
  atrous_sound_free(sound);
  OK(atrous_sound_load(in_folder(folder, "sound.wav"), FRAMES + 1, &sound));
  CHECK(atrous_sound_frames(sound) == FRAMES);
  atrous_sound_free(sound);
  FAILS(ATROUS_ERROR_IO, "no/such/sound.wav", atrous_sound_load("no/such/sound.wav", 0, &sound));
  CHECK(sound == NULL);
  FAILS(ATROUS_ERROR_FORMAT, "in.f32", atrous_sound_load(in_folder(folder, "in.f32"), 1, &sound));
  free(in);
}

static void test_bad_effects(void) {
  atrous_network* network = load(in_folder(models, "amp.nam"), NULL);
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  atrous_effect* effect = (atrous_effect*)network;
  options.max_block = 0;
  REFUSED("max_block is 0, expected 1", atrous_effect_create(network, &options, &effect));
  CHECK(effect == NULL);
  options = (atrous_effect_options)ATROUS_EFFECT_OPTIONS;
  options.channels = 65;
  REFUSED("channels", atrous_effect_create(network, &options, &effect));
  options.channels = 1;
  options.sample_rate = -1;
  REFUSED("sample_rate", atrous_effect_create(network, &options, &effect));
  options.sample_rate = 0;
  options.ceiling = DBL_MAX; /* no float */
  REFUSED("ceiling", atrous_effect_create(network, &options, &effect));
  options.ceiling = 1;
  OK(atrous_effect_create(network, &options, &effect));
  atrous_effect_free(effect);
  atrous_network_free(network);
  network = load(in_folder(folder, "voice.safetensors"), NULL);
  REFUSED("distribution", atrous_effect_create(network, NULL, &effect));
  atrous_network_free(network);
}

/* Structs of older and of newer programs. */
static void test_struct_sizes(void) {
  atrous_network* network = load(in_folder(models, "amp.nam"), NULL);
  atrous_model* model = NULL;
  atrous_effect_options options = ATROUS_EFFECT_OPTIONS;
  atrous_network_info info;
  atrous_model_info facts;
  atrous_effect* effect = NULL;
  options.struct_size = offsetof(atrous_effect_options, max_block); /* the rest is as by default */
  options.max_block = 0;
  options.channels = -1;
  OK(atrous_effect_create(network, &options, &effect));
  CHECK(atrous_effect_channels(effect) == 1);
  atrous_effect_free(effect);
  options = (atrous_effect_options)ATROUS_EFFECT_OPTIONS;
  options.struct_size = 0;
  REFUSED("struct_size is 0", atrous_effect_create(network, &options, &effect));
  options.struct_size = sizeof(size_t) + 1;
  REFUSED("struct_size is", atrous_effect_create(network, &options, &effect));
  options.struct_size = sizeof(options) + 8;
  FAILS(ATROUS_ERROR_UNSUPPORTED, "older than the program", atrous_effect_create(network, &options, &effect));

  memset(&info, 0x55, sizeof info);
  info.struct_size = offsetof(atrous_network_info, receptive_field);
  OK(atrous_network_get_info(network, &info));
  CHECK(info.sample_rate == 48000 && info.receptive_field == 0x5555555555555555);
  CHECK(info.struct_size == offsetof(atrous_network_info, receptive_field));
  info.struct_size = 1;
  REFUSED("struct_size", atrous_network_get_info(network, &info));
  info.struct_size = sizeof(info) + 8;
  FAILS(ATROUS_ERROR_UNSUPPORTED, "struct_size", atrous_network_get_info(network, &info));
  OK(atrous_model_load(in_folder(models, "amp.nam"), &model));
  facts.struct_size = 0;
  REFUSED("struct_size", atrous_model_get_info(model, &facts));
  atrous_model_free(model);
  atrous_network_free(network);
}

static atrous_features* load_features(const char* name, int padded) {
  atrous_model* model = NULL;
  atrous_features* features = NULL;
  OK(atrous_model_load(in_folder(folder, "voice.safetensors"), &model));
  OK(atrous_features_load(model, in_folder(folder, name), &features));
  CHECK(atrous_features_bins(features) == BINS && atrous_features_padded(features) == padded);
  atrous_model_free(model);
  return features;
}

static void test_features(void) {
  atrous_model *model = NULL, *amp = NULL;
  atrous_features *features = NULL, *whole = NULL;
  atrous_extractor* extractor = NULL;
  atrous_model_info info;
  float* in = input();
  size_t wanted;
  float* expected = read_file(in_folder(folder, "mel.f32"), &wanted);
  OK(atrous_model_load(in_folder(models, "voice.safetensors"), &model));
  OK(atrous_model_load(in_folder(models, "amp.nam"), &amp));
  info.struct_size = sizeof info;
  OK(atrous_model_get_info(model, &info));
  if (wanted == 0) {
    FAILS(ATROUS_ERROR_UNSUPPORTED, "FFTW", atrous_features_compute(model, in, 100, info.sample_rate, &features));
    FAILS(ATROUS_ERROR_UNSUPPORTED, "FFTW", atrous_extractor_create(model, info.sample_rate, &extractor));
  } else {
    size_t frames = 0, bins, at;
    OK(atrous_features_compute(model, in, 2 * FRAMES, info.sample_rate, &whole));
    bins = atrous_features_bins(whole);
    CHECK(atrous_features_frames(whole) * bins * sizeof(float) == wanted);
    CHECK(memcmp(atrous_features_values(whole), expected, wanted) == 0);
    CHECK(atrous_features_padded(whole) == 0 && atrous_features_warning(whole, 0) == NULL);
    atrous_features_free(whole);

    OK(atrous_extractor_create(model, info.sample_rate, &extractor)); /* the same, piece by piece */
    for (at = 0; at <= 2 * FRAMES; at += 1000) {
      if (at < 2 * FRAMES) {
        OK(atrous_extractor_append(extractor, in + at, 1000, &features));
      } else {
        OK(atrous_extractor_finish(extractor, &features));
      }
      CHECK((frames + atrous_features_frames(features)) * bins * sizeof(float) <= wanted);
      CHECK(memcmp(atrous_features_values(features), expected + frames * bins,
                   atrous_features_frames(features) * bins * sizeof(float)) == 0);
      frames += atrous_features_frames(features);
      atrous_features_free(features);
    }
    CHECK(frames * bins * sizeof(float) == wanted);
    REFUSED("finished", atrous_extractor_append(extractor, in, 1, &features));
    CHECK(features == NULL);
    REFUSED("finished", atrous_extractor_finish(extractor, &features));
    atrous_extractor_free(extractor);
    OK(atrous_extractor_create(model, info.sample_rate, &extractor));
    REFUSED("audio is NULL", atrous_extractor_append(extractor, NULL, 1, &features));
    OK(atrous_extractor_append(extractor, NULL, 0, &features));
    CHECK(atrous_features_frames(features) == 0);
    atrous_features_free(features);
    atrous_extractor_free(extractor);
    REFUSED("expected 16000 Hz", atrous_features_compute(model, in, 100, 1, &features));
    REFUSED("expected 16000 Hz", atrous_extractor_create(model, 1, &extractor));
    REFUSED("audio is NULL", atrous_features_compute(model, NULL, 100, info.sample_rate, &features));
    FAILS(ATROUS_ERROR_INVALID, "amp.nam", atrous_features_compute(amp, in, 100, 48000, &features));
  }
  FAILS(ATROUS_ERROR_IO, "no such.npy", atrous_features_load(model, "no such.npy", &features));
  FAILS(ATROUS_ERROR_FORMAT, "slim.nam", atrous_features_load(model, in_folder(folder, "slim.nam"), &features));
  REFUSED("no features", atrous_features_load(amp, in_folder(folder, "features.npy"), &features));
  CHECK(features == NULL);
  atrous_model_free(model);
  OK(atrous_model_load(in_folder(folder, "voice.safetensors"), &model));
  OK(atrous_features_load(model, in_folder(folder, "features.npy"), &features));
  CHECK(atrous_features_frames(features) == 40);
  CHECK(atrous_features_warning(features, 0) == NULL ||
        strstr(atrous_features_warning(features, 0), "features") != NULL);
  CHECK(atrous_features_warning(features, 1000) == NULL);
  atrous_features_free(features);
  atrous_model_free(model);
  atrous_model_free(amp);
  free(expected);
  free(in);
}

static void append(atrous_generator* generator, const atrous_features* features) {
  OK(atrous_generator_append(generator, atrous_features_values(features), atrous_features_frames(features),
                             atrous_features_bins(features), atrous_features_padded(features)));
  OK(atrous_generator_finish(generator));
}

static void test_generator(void) {
  static const char* const files[] = {"features.npy", "features.safetensors"};
  atrous_network_options packed = ATROUS_NETWORK_OPTIONS;
  atrous_generator_options options = ATROUS_GENERATOR_OPTIONS;
  atrous_network* network;
  atrous_generator* generator = NULL;
  float* in = input();
  float sound[700];
  int i;
  packed.isa = "reference";
  packed.precision = "bf16";
  network = load(in_folder(folder, "voice.safetensors"), &packed);
  options.seed = 5;
  options.voice = 2;
  options.temperature = 0.8;
  options.speaker = 1;
  for (i = 0; i < 2; ++i) {
    atrous_features* features = load_features(files[i], i);
    OK(atrous_generator_create(network, &options, &generator));
    CHECK(atrous_generator_available(generator) == 0);
    append(generator, features);
    CHECK(atrous_generator_available(generator) == atrous_network_conditioned_samples(network, 40, 0));
    CHECK(atrous_network_conditioned_samples(network, atrous_features_frames(features), i) ==
          atrous_generator_available(generator));
    CHECK(atrous_generator_prime(generator, in, 50) == 50);
    CHECK(atrous_generator_fill(generator, sound, 100) == 100);
    CHECK(atrous_generator_fill(generator, sound + 100, 200) == 200);
    atrous_generator_reset(generator);
    CHECK(atrous_generator_fill(generator, sound + 300, 400) == 400);
    CHECK(same("generator.f32", sound, sizeof(sound)));
    CHECK(atrous_generator_fill(generator, NULL, 10) == 0 && atrous_generator_prime(generator, NULL, 10) == 0);
    REFUSED("after the last one", atrous_generator_append(generator, sound, 1, BINS, i));
    atrous_generator_free(generator);
    atrous_features_free(features);
  }
  OK(atrous_generator_create(network, NULL, &generator));
  REFUSED("5 bins, expected 6", atrous_generator_append(generator, sound, 6, 5, 0));
  REFUSED("values is NULL", atrous_generator_append(generator, NULL, 6, BINS, 0));
  REFUSED("memory", atrous_generator_append(generator, sound, (size_t)-1 / 2, BINS, 0));
  OK(atrous_generator_append(generator, NULL, 0, BINS, 0));
  CHECK(atrous_generator_fill(generator, sound, 10) == 0);
  atrous_generator_free(generator);
  options.speaker = 3;
  REFUSED("speaker is 3", atrous_generator_create(network, &options, &generator));
  CHECK(generator == NULL);
  options.speaker = 0;
  options.temperature = (double)NAN;
  REFUSED("temperature", atrous_generator_create(network, &options, &generator));
  atrous_network_free(network);
  network = load(in_folder(models, "amp.nam"), NULL);
  REFUSED("distribution", atrous_generator_create(network, NULL, &generator));
  atrous_network_free(network);
  free(in);
}

static void test_bank(void) {
  atrous_network* network = load(in_folder(folder, "voice.safetensors"), NULL);
  atrous_features* features = load_features("features.npy", 0);
  atrous_generator_options options[3] = {ATROUS_GENERATOR_OPTIONS, ATROUS_GENERATOR_OPTIONS, ATROUS_GENERATOR_OPTIONS};
  atrous_bank* bank = NULL;
  float* in = input();
  float sounds[3 * 200];
  float* rows[4];
  size_t samples[4], v;
  options[1].seed = 7;
  options[1].greedy = 1;
  options[2].voice = 2;
  options[2].speaker = 2;
  OK(atrous_bank_create(network, options, 3, 2, &bank));
  CHECK(atrous_bank_voices(bank) == 3);
  for (v = 0; v < 3; ++v) {
    OK(atrous_bank_append(bank, v, atrous_features_values(features), 40, BINS, 0));
    OK(atrous_bank_finish(bank, v));
    CHECK(atrous_bank_available(bank, v) == atrous_network_conditioned_samples(network, 40, 0));
    rows[v] = sounds + 200 * v;
    samples[v] = 200;
  }
  rows[3] = sounds, samples[3] = 200; /* a voice that is not there */
  CHECK(atrous_bank_prime(bank, 1, in, 50) == 50);
  atrous_bank_fill(bank, rows, samples, 4);
  CHECK(samples[0] == 200 && samples[1] == 200 && samples[2] == 200 && samples[3] == 0);
  CHECK(same("bank.f32", sounds, sizeof(sounds)));
  rows[0] = NULL, samples[1] = 0; /* voices that wait */
  samples[0] = samples[2] = 10;
  atrous_bank_fill(bank, rows, samples, 3);
  CHECK(samples[0] == 0 && samples[1] == 0 && samples[2] == 10);
  atrous_bank_reset(bank, 2);
  atrous_bank_reset(bank, 3);
  CHECK(atrous_bank_available(bank, 2) == atrous_network_conditioned_samples(network, 40, 0));
  CHECK(atrous_bank_available(bank, 3) == 0 && atrous_bank_prime(bank, 3, in, 5) == 0);
  CHECK(atrous_bank_prime(bank, 0, NULL, 5) == 0);
  atrous_bank_fill(bank, NULL, samples, 3);
  CHECK(samples[2] == 0);
  atrous_bank_fill(bank, rows, NULL, 3);
  REFUSED("voice is 3, expected 0 to 2", atrous_bank_append(bank, 3, sounds, 1, BINS, 1));
  REFUSED("voice is 3, expected 0 to 2", atrous_bank_finish(bank, 3));
  REFUSED("bins", atrous_bank_append(bank, 0, sounds, 1, 7, 0));
  atrous_bank_free(bank);

  OK(atrous_bank_create(network, NULL, 256, 1, &bank));
  CHECK(atrous_bank_voices(bank) == 256);
  OK(atrous_bank_append(bank, 255, atrous_features_values(features), 40, BINS, 1));
  atrous_bank_free(bank);
  REFUSED("257", atrous_bank_create(network, NULL, 257, 1, &bank));
  CHECK(bank == NULL);
  REFUSED("voices", atrous_bank_create(network, options, 0, 1, &bank));
  REFUSED("threads", atrous_bank_create(network, options, 1, 0, &bank));
  options[1].struct_size -= 8;
  REFUSED("struct_sizes", atrous_bank_create(network, options, 2, 1, &bank));
  atrous_features_free(features);
  atrous_network_free(network);
  free(in);
}

static void test_score(void) {
  atrous_network* network = load(in_folder(folder, "voice.safetensors"), NULL);
  atrous_features* features = load_features("features.safetensors", 1);
  atrous_score_options options = ATROUS_SCORE_OPTIONS;
  atrous_score score;
  double facts[3];
  float* in = input();
  size_t size;
  free(read_file(in_folder(folder, "mel_score.f64"), &size));
  score.struct_size = sizeof score;
  options.features = features;
  options.speaker = 2;
  OK(atrous_network_score(network, in, 500, &options, &score));
  facts[0] = (double)score.steps, facts[1] = score.nll_nats, facts[2] = score.nll_nats_after_receptive_field;
  CHECK(same("score.f64", facts, sizeof(facts)));
  REFUSED("at least 2", atrous_network_score(network, in, 1, &options, &score));
  REFUSED("features cover", atrous_network_score(network, in, 2 * FRAMES, &options, &score));
  options.speaker = -1;
  REFUSED("speaker", atrous_network_score(network, in, 500, &options, &score));
  score.struct_size = sizeof(score) + 8;
  FAILS(ATROUS_ERROR_UNSUPPORTED, "struct_size", atrous_network_score(network, in, 500, NULL, &score));
  score.struct_size = sizeof score;
  atrous_network_free(network);
  network = load(in_folder(models, "voice.safetensors"), NULL);
  if (size == 0) {
    FAILS(ATROUS_ERROR_UNSUPPORTED, "FFTW", atrous_network_score(network, in, 2 * FRAMES, NULL, &score));
  } else {
    OK(atrous_network_score(network, in, 2 * FRAMES, NULL, &score));
    facts[0] = (double)score.steps, facts[1] = score.nll_nats, facts[2] = score.nll_nats_after_receptive_field;
    CHECK(same("mel_score.f64", facts, sizeof(facts)));
    REFUSED("audio is NULL", atrous_network_score(network, NULL, 10, NULL, &score));
  }
  atrous_network_free(network);
  network = load(in_folder(models, "amp.nam"), NULL);
  REFUSED("distribution", atrous_network_score(network, in, 500, NULL, &score));
  atrous_network_free(network);
  atrous_features_free(features);
  free(in);
}

static void test_null(void) {
  atrous_network* network = load(in_folder(models, "amp.nam"), NULL);
  atrous_network* another;
  atrous_model *model = NULL, *other = NULL;
  atrous_effect* effect;
  atrous_features* features;
  atrous_extractor* extractor;
  atrous_generator* generator;
  atrous_sound* sound;
  atrous_bank* bank;
  atrous_model_info info;
  atrous_network_info facts;
  atrous_score score;
  double gain;
  size_t samples = 5;
  float x = 0;
  float* out = &x;
  OK(atrous_model_load(in_folder(models, "amp.nam"), &model));
  info.struct_size = sizeof info, facts.struct_size = sizeof facts, score.struct_size = sizeof score;
  REFUSED("path is NULL", atrous_model_load(NULL, &other));
  CHECK(other == NULL);
  REFUSED("model is NULL", atrous_model_load("x", NULL));
  REFUSED("model is NULL", atrous_model_from_memory(&x, 1, NULL, NULL));
  REFUSED("bytes is NULL", atrous_model_from_memory(NULL, 1, NULL, &other));
  REFUSED("model is NULL", atrous_model_at_sample_rate(NULL, 48000, &other));
  REFUSED("result is NULL", atrous_model_at_sample_rate(model, 48000, NULL));
  REFUSED("model is NULL", atrous_model_at_size(NULL, 1, &other));
  REFUSED("result is NULL", atrous_model_at_size(model, 1, NULL));
  REFUSED("model is NULL", atrous_model_save(NULL, "x"));
  REFUSED("path is NULL", atrous_model_save(model, NULL));
  REFUSED("model is NULL", atrous_model_get_info(NULL, &info));
  REFUSED("info is NULL", atrous_model_get_info(model, NULL));
  REFUSED("model is NULL", atrous_model_loudness_gain(NULL, &gain));
  REFUSED("gain is NULL", atrous_model_loudness_gain(model, NULL));
  REFUSED("model is NULL", atrous_model_input_gain(NULL, 0, &gain));
  REFUSED("model is NULL", atrous_model_output_gain(NULL, 0, &gain));
  CHECK(atrous_model_warning(NULL, 0) == NULL && atrous_model_size_bounds(NULL, &gain, 1) == 0);
  atrous_model_free(NULL);

  REFUSED("model is NULL", atrous_network_create(NULL, NULL, &another));
  REFUSED("network is NULL", atrous_network_create(model, NULL, NULL));
  REFUSED("network is NULL", atrous_network_get_info(NULL, &facts));
  REFUSED("info is NULL", atrous_network_get_info(network, NULL));
  CHECK(atrous_network_warning(NULL, 0) == NULL && atrous_network_dilations(NULL, NULL, 0) == 0);
  CHECK(atrous_network_conditioned_samples(NULL, 1, 0) == 0);
  atrous_network_free(NULL);

  REFUSED("network is NULL", atrous_effect_create(NULL, NULL, &effect));
  REFUSED("effect is NULL", atrous_effect_create(network, NULL, NULL));
  atrous_effect_process(NULL, NULL, NULL, 1, 1);
  atrous_effect_set_size(NULL, 1);
  atrous_effect_set_knob(NULL, 0, 1);
  atrous_effect_reset(NULL);
  CHECK(atrous_effect_guarded(NULL) == 0 && atrous_effect_channels(NULL) == 0);
  CHECK(atrous_effect_latency(NULL) == 0 && atrous_effect_exact_latency(NULL) == 0);
  atrous_effect_free(NULL);

  REFUSED("taps is NULL", atrous_model_from_taps(NULL, 1, 48000, &other));
  REFUSED("path is NULL", atrous_sound_load(NULL, 0, &sound));
  REFUSED("sound is NULL", atrous_sound_load("x", 0, NULL));
  REFUSED("sound is NULL", atrous_sound_resample(NULL, 48000, &sound));
  CHECK(atrous_sound_sample_rate(NULL) == 0 && atrous_sound_channels(NULL) == 0 && atrous_sound_frames(NULL) == 0);
  CHECK(atrous_sound_samples(NULL) == NULL);
  atrous_sound_free(NULL);
  REFUSED("model is NULL", atrous_features_compute(NULL, &x, 1, 1, &features));
  REFUSED("features is NULL", atrous_features_compute(model, &x, 1, 1, NULL));
  REFUSED("model is NULL", atrous_features_load(NULL, "x", &features));
  REFUSED("path is NULL", atrous_features_load(model, NULL, &features));
  REFUSED("features is NULL", atrous_features_load(model, "x", NULL));
  CHECK(atrous_features_frames(NULL) == 0 && atrous_features_bins(NULL) == 0 && atrous_features_padded(NULL) == 0);
  CHECK(atrous_features_values(NULL) == NULL && atrous_features_warning(NULL, 0) == NULL);
  atrous_features_free(NULL);
  REFUSED("model is NULL", atrous_extractor_create(NULL, 1, &extractor));
  REFUSED("extractor is NULL", atrous_extractor_create(model, 1, NULL));
  REFUSED("extractor is NULL", atrous_extractor_append(NULL, &x, 1, &features));
  REFUSED("extractor is NULL", atrous_extractor_finish(NULL, &features));
  atrous_extractor_free(NULL);

  REFUSED("network is NULL", atrous_generator_create(NULL, NULL, &generator));
  REFUSED("generator is NULL", atrous_generator_create(network, NULL, NULL));
  REFUSED("generator is NULL", atrous_generator_append(NULL, &x, 1, 1, 0));
  REFUSED("generator is NULL", atrous_generator_finish(NULL));
  CHECK(atrous_generator_available(NULL) == 0 && atrous_generator_prime(NULL, &x, 1) == 0);
  CHECK(atrous_generator_fill(NULL, &x, 1) == 0);
  atrous_generator_reset(NULL);
  atrous_generator_free(NULL);
  REFUSED("network is NULL", atrous_bank_create(NULL, NULL, 1, 1, &bank));
  REFUSED("bank is NULL", atrous_bank_create(network, NULL, 1, 1, NULL));
  REFUSED("bank is NULL", atrous_bank_append(NULL, 0, &x, 1, 1, 0));
  REFUSED("bank is NULL", atrous_bank_finish(NULL, 0));
  CHECK(atrous_bank_voices(NULL) == 0 && atrous_bank_available(NULL, 0) == 0 && atrous_bank_prime(NULL, 0, &x, 1) == 0);
  atrous_bank_fill(NULL, &out, &samples, 1);
  CHECK(samples == 0);
  atrous_bank_reset(NULL, 0);
  atrous_bank_free(NULL);

  REFUSED("network is NULL", atrous_network_score(NULL, &x, 1, NULL, &score));
  REFUSED("score is NULL", atrous_network_score(network, &x, 1, NULL, NULL));
  atrous_model_free(model);
  atrous_network_free(network);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  folder = argv[1];
  models = argv[2];
  test_library();
  test_models();
  test_levels();
  test_bad_models();
  test_networks();
  test_effect();
  test_knobs();
  test_taps();
  test_sounds();
  test_careless_host();
  test_bad_effects();
  test_struct_sizes();
  test_features();
  test_generator();
  test_bank();
  test_score();
  test_null();
  printf("%d checks, %d failed\n", checks, failures);
  return failures != 0;
}
