/* Atrous for C, and for every language that speaks it: WaveNets as effects on a signal and as generators of sound.
 *
 * Handles are opaque. What a function creates belongs to the caller, who ends it with the atrous_..._free() of its
 * kind; each holds on to what it was made from, so the order does not matter.
 *
 * Errors. A function that can fail returns an atrous_status, and says more in atrous_error_message(). What it was to
 * create is then NULL; nothing else has changed. No C++ exception leaves the library, and it never prints or exits.
 *
 * NULL is safe everywhere. As a handle, or for what a function needs, it is ATROUS_ERROR_ARGUMENT where there is a
 * status; else the call does nothing, and gives 0, NULL or silence, as each says.
 *
 * Threads. Models, networks, sounds and features never change: any number of threads may use one at a time. Effects,
 * generators, banks and extractors belong to one thread at a time each. What is called real-time safe here does not
 * allocate, lock, call the system or read a file, whatever its arguments; nothing else is.
 *
 * Sound is 32-bit floats, full scale -1 to 1. Features are rows of floats, values[frame * bins + bin]. Text is UTF-8
 * that ends with a NUL; what a handle gives out stays valid as long as the handle.
 *
 * Structs begin with struct_size, which is sizeof what the caller was compiled with; so they may grow. Of options, the
 * fields that an older caller lacks are as by default, and NULL means all defaults. A struct that is larger than the
 * library's is ATROUS_ERROR_UNSUPPORTED: the library is older than the program.
 *
 * C99; C++ from C++11 on. <atrous/...hpp> is the same library for C++20. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atrous/export.h>
#include <atrous/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The library ---- */

/* The version of the library that is linked, "0.1.0"; ATROUS_VERSION is that of this header. Real-time safe. */
ATROUS_API const char* atrous_version(void);

/* How a call went. */
typedef enum atrous_status {
  ATROUS_OK = 0,                /* it did what it says */
  ATROUS_ERROR_IO = 1,          /* a file cannot be opened, read or written; the system has no more threads */
  ATROUS_ERROR_FORMAT = 2,      /* a file is not what it claims to be: syntax, truncation, wrong types */
  ATROUS_ERROR_INVALID = 3,     /* a model whose numbers contradict each other or leave the allowed range */
  ATROUS_ERROR_UNSUPPORTED = 4, /* well formed, but a feature that this version does not run */
  ATROUS_ERROR_ARGUMENT = 5,    /* an argument outside its documented range */
  ATROUS_ERROR_MEMORY = 6,      /* no more memory */
  ATROUS_ERROR_INTERNAL = 7     /* a mistake in the library; please report it */
} atrous_status;

/* "ok", "io", "format", ...; "unknown" for another number. Real-time safe. */
ATROUS_API const char* atrous_status_name(atrous_status status);

/* What went wrong in the last call of this thread that failed: one line that names the file and the field, with the
 * values expected and found; cut at 2,047 bytes. "" before any has. Valid until this thread's next failure. Real-time
 * safe, but for the first call of a thread. */
ATROUS_API const char* atrous_error_message(void);

/* Instruction sets that this machine can run, slowest first: "reference", "sse2", "avx2", "avx512", "avx512vnni",
 * "neon", "simd128" (WebAssembly). NULL from the end of the list on. Allocates. */
ATROUS_API const char* atrous_isa(size_t index);

/* ---- Models: what a file says ---- */

/* What a file says, whole: an immutable handle. */
typedef struct atrous_model atrous_model;

/* Reads a .safetensors (native), .nam, or a .json of WaveNetVA, GuitarML, RTNeural or AIDA-X; the content decides, not
 * the name. Errors: io, format, invalid, unsupported. */
ATROUS_API atrous_status atrous_model_load(const char* path, atrous_model** model);

/* The same from `size` bytes in memory, which are free again after the call. `name` stands for the file name in
 * messages (NULL: "memory"). Errors: as above, but for io. */
ATROUS_API atrous_status atrous_model_from_memory(const void* bytes, size_t size, const char* name,
                                                  atrous_model** model);

/* A filter: y[t] = taps[0] x[t] + taps[1] x[t-1] + ..., as an impulse response says it; its architecture is "Linear".
 * As an effect it has no latency, and runs by FFT where that is faster. Errors: argument (not 1 to 1,048,576 taps, a
 * rate outside 100 to 1,000,000 Hz), invalid (a tap that is not finite). */
ATROUS_API atrous_status atrous_model_from_taps(const float* taps, size_t count, double sample_rate,
                                                atrous_model** model);

/* The same model, taken to be of another sample rate than its file states: 100 to 1,000,000 Hz. Errors: argument (out
 * of range, or not that of the model's own front end). */
ATROUS_API atrous_status atrous_model_at_sample_rate(const atrous_model* model, double hz, atrous_model** result);

/* The model that runs at `size` (0 to 1; see atrous_model_size_bounds), as one that has no other. Errors: argument. */
ATROUS_API atrous_status atrous_model_at_size(const atrous_model* model, double size, atrous_model** result);

/* Writes the native format (docs/format.md). The file appears whole or not at all. Errors: io. */
ATROUS_API atrous_status atrous_model_save(const atrous_model* model, const char* path);

/* Ends a model; NULL is fine. What was made from it goes on. Frees memory: not real-time safe. */
ATROUS_API void atrous_model_free(atrous_model* model);

/* Facts about a model. Numbers that a file need not state are NAN where it does not. */
typedef struct atrous_model_info {
  size_t struct_size;       /* sizeof(atrous_model_info) */
  const char* format;       /* of its file, such as "nam"; atrous/model.hpp lists them all */
  const char* architecture; /* "WaveNet", "ConvNet", "LSTM", "GRU" or "Linear" */
  const char* precision;    /* of the stored weights: "f32", "bf16" or "int8" */
  const char* name;         /* that the model gives itself; "" where it does not */
  double sample_rate;       /* Hz; where the file states none, what its format is known for */
  double loudness_db;       /* output loudness on a standard input, dB RMS */
  double gain;              /* how much the model distorts, as its trainer measured it */
  double input_level_dbu;   /* analogue level of a full-scale input, dBu */
  double output_level_dbu;  /* analogue level of a full-scale output, dBu */
} atrous_model_info;

/* Fills `info`, whose struct_size is set. Errors: argument, unsupported (struct_size). */
ATROUS_API atrous_status atrous_model_get_info(const atrous_model* model, atrous_model_info* info);

/* Things worth telling the user that do not stop the model from running; NULL from the end of the list on. Real-time
 * safe. */
ATROUS_API const char* atrous_model_warning(const atrous_model* model, size_t index);

/* Some models come in several sizes, numbers from 0, the smallest, to 1, the full one, which trade sound for speed.
 * Returns how many bounds there are where one size ends and the next begins, and writes up to `capacity` of them to
 * `bounds` (may be NULL), ascending: the first size runs below the first bound, the full one from the last bound on. 0
 * for a model of one size. Allocates. */
ATROUS_API size_t atrous_model_size_bounds(const atrous_model* model, double* bounds, size_t capacity);

/* Linear factors for atrous_effect_options, by the formulas of the Neural Amp Modeler plugin. Errors: argument (the
 * model does not state what the formula needs; `host_dbu` outside -200 to 200). Output gain to the same loudness for
 * every model: -18 dB - loudness_db. */
ATROUS_API atrous_status atrous_model_loudness_gain(const atrous_model* model, double* gain);
/* Input gain for a host whose converter takes `host_dbu` dBu at full scale: host_dbu - input_level_dbu. */
ATROUS_API atrous_status atrous_model_input_gain(const atrous_model* model, double host_dbu, double* gain);
/* Output gain for such a host: output_level_dbu - host_dbu. */
ATROUS_API atrous_status atrous_model_output_gain(const atrous_model* model, double host_dbu, double* gain);

/* ---- Networks: what runs ---- */

/* A model ready to run: an immutable handle. */
typedef struct atrous_network atrous_network;

/* How a model is packed. */
typedef struct atrous_network_options {
  size_t struct_size;    /* sizeof(atrous_network_options) */
  const char* isa;       /* instruction set, one of atrous_isa(); NULL: the best */
  const char* precision; /* of the weights of generators, "f32", "bf16" or "int8"; NULL: that of the model */
  double size;           /* of a model with several sizes the one that runs, 0 to 1 */
  int all_sizes;         /* packs the others beside it, so that effects can change between them while they run */
} atrous_network_options;
/* The defaults: the best instruction set, the model's precision, the full size alone. */
#define ATROUS_NETWORK_OPTIONS \
  { sizeof(atrous_network_options), NULL, NULL, 1.0, 0 }

/* Validates a model whole and packs its weights. Any number of effects and generators on any threads share a network.
 * Errors: invalid, unsupported, argument. */
ATROUS_API atrous_status atrous_network_create(const atrous_model* model, const atrous_network_options* options,
                                               atrous_network** network);

/* Ends a network; NULL is fine. What was made from it goes on. Frees memory: not real-time safe. */
ATROUS_API void atrous_network_free(atrous_network* network);

/* Facts about a network. */
typedef struct atrous_network_info {
  size_t struct_size;       /* sizeof(atrous_network_info) */
  const char* architecture; /* "WaveNet", "ConvNet", "LSTM", "GRU" or "Linear" */
  const char* isa;          /* the one that was chosen */
  const char* precision;    /* "f32", "bf16" or "int8" */
  double sample_rate;       /* Hz */
  int64_t receptive_field;  /* samples; where `recurrent`, of the convolutions alone */
  int64_t covered_lags;     /* inside it, those that reach the output */
  int64_t parameters;       /* weights and biases */
  int64_t macs_per_sample;  /* multiply-accumulates, without padding or activations */
  int64_t weight_bytes;     /* of weights read per sample when one voice generates */
  size_t feature_bins;      /* values of a frame of features; 0: it reads none */
  size_t feature_hop;       /* samples of sound per frame; 0: it reads none */
  int generates;            /* 1: its output is a distribution, for a generator; 0: for an effect */
  int recurrent;            /* has LSTM or GRU cells, which read without end */
  int inputs;               /* channels of sound in, without knobs */
  int outputs;              /* rows of the output: channels, or parameters of the distribution */
  int layers;               /* of the stacks; where there are none, as in ConvNet, LSTM and GRU, of the whole */
  int speakers;             /* to choose from; 0: it has none */
  int stacks;               /* of layers (atrous_network_get_stack); of convolutions in a row, 1 where two dilate */
  int hdc_stacks;           /* those of them where the criterion of hybrid dilated convolution holds */
} atrous_network_info;

/* Fills `info`, whose struct_size is set. Errors: argument, unsupported (struct_size). */
ATROUS_API atrous_status atrous_network_get_info(const atrous_network* network, atrous_network_info* info);

/* The model's warnings, and those of packing it; NULL from the end of the list on. Real-time safe. */
ATROUS_API const char* atrous_network_warning(const atrous_network* network, size_t index);

/* A control that the model was trained with: a knob, or a switch of several positions, counted from 0. */
typedef struct atrous_knob {
  size_t struct_size;   /* sizeof(atrous_knob) */
  const char* name;     /* as its file has it, or "PARAM1" and the like; lives as long as the network */
  double min;           /* of its range */
  double max;           /* likewise */
  double default_value; /* where it stands unless it is set */
  size_t positions;     /* of a switch; 0: a knob without steps */
} atrous_knob;

/* How many knobs an effect has. Real-time safe. */
ATROUS_API size_t atrous_network_knobs(const atrous_network* network);

/* Fills `knob`, whose struct_size is set. Errors: argument (a knob that the network lacks), unsupported
 * (struct_size). */
ATROUS_API atrous_status atrous_network_get_knob(const atrous_network* network, size_t index, atrous_knob* knob);

/* The name of a switch's position; NULL from the end of the list on. Real-time safe. */
ATROUS_API const char* atrous_network_knob_position(const atrous_network* network, size_t knob, size_t index);

/* The knob of that name, in letters of either case where no other differs by case alone; SIZE_MAX where there is none.
 * Real-time safe. */
ATROUS_API size_t atrous_network_find_knob(const atrous_network* network, const char* name);

/* Returns how many layers there are, and writes the dilations of up to `capacity` of them to `dilations` (may be NULL):
 * of each that of its convolution, or the first of its branches. Real-time safe. */
ATROUS_API size_t atrous_network_dilations(const atrous_network* network, int* dilations, size_t capacity);

/* Returns how many further branches a layer has, convolutions side by side with its first, and writes the dilations of
 * up to `capacity` of them to `dilations` (may be NULL). Real-time safe. */
ATROUS_API size_t atrous_network_branches(const atrous_network* network, size_t layer, int* dilations, size_t capacity);

/* The dilation rates r_1 … r_n of a stack's layers by the criterion of hybrid dilated convolution (Wang et al.,
 * "Understanding Convolution for Semantic Segmentation", arXiv:1702.08502): M_n = r_n, M_i = max(M_{i+1} - 2 r_i,
 * 2 r_i - M_{i+1}, r_i), and M_2 is to be at most the kernel. Layers of one tap do not count. */
typedef struct atrous_stack {
  size_t struct_size;   /* sizeof(atrous_stack) */
  int64_t hdc_distance; /* M_2; 0: fewer than two layers dilate, of which nothing is asked */
  int kernel;           /* taps: the smallest kernel of these layers */
  int hdc_holds;        /* whether hdc_distance is at most that */
} atrous_stack;

/* Fills `stack`, whose struct_size is set. Errors: argument (a stack that the network lacks), unsupported
 * (struct_size). */
ATROUS_API atrous_status atrous_network_get_stack(const atrous_network* network, size_t index, atrous_stack* stack);

/* Samples that so many frames of features give in all, unpadded or (`padded` not 0) padded already; 0 for a network
 * that reads none. Real-time safe. */
ATROUS_API size_t atrous_network_conditioned_samples(const atrous_network* network, size_t frames, int padded);

/* ---- Effects: signal in, signal out ---- */

/* A network that a signal runs through, with all that it remembers of the signal. */
typedef struct atrous_effect atrous_effect;

/* What a host tells of itself and of what it wants. */
typedef struct atrous_effect_options {
  size_t struct_size;  /* sizeof(atrous_effect_options) */
  double sample_rate;  /* of the host, Hz; 0: the model's own. Any other rate is resampled around the model */
  size_t max_block;    /* frames that run at one go, 1 to 1,048,576: more run in pieces */
  double input_gain;   /* linear factor before the model, finite */
  double output_gain;  /* linear factor after the model, finite */
  double ceiling;      /* magnitude beyond which samples are clamped on their way out, above 0 and finite */
  int channels;        /* of sound, 1 to 64, each through the model; a model of n inputs takes exactly n */
  int rest;            /* not 0: a channel that has settled in silence costs next to nothing, and plays the same bits */
  const double* knobs; /* where the model's knobs stand at first, one value each; NULL: where they stand by default */
  size_t knob_count;   /* as many as the network has knobs; 0 with NULL */
  double knob_ramp;    /* seconds in which a knob that is turned gets there, 0 (at once) to 10 */
  size_t oversample;   /* 1, 2, 4 or 8: so many times its rate the model runs at, against aliases; see effect.hpp */
  const char* oversample_phase; /* of its filters: NULL or "linear", 64 samples late; "minimum", 3.6 to 4.8 */
} atrous_effect_options;
/* The defaults: one channel at the model's rate, blocks of 2,048, no gains, a ceiling of 100 (+40 dBFS), rest, knobs
 * where they stand by default, which turn in 50 ms; no oversampling. */
#define ATROUS_EFFECT_OPTIONS \
  { sizeof(atrous_effect_options), 0.0, 2048, 1.0, 1.0, 100.0, 1, 1, NULL, 0, 0.05, 1, NULL }

/* Allocates everything and prewarms the model. Errors: argument (an option out of its range, a network that
 * generates). */
ATROUS_API atrous_status atrous_effect_create(const atrous_network* network, const atrous_effect_options* options,
                                              atrous_effect** effect);

/* Ends an effect; NULL is fine. Frees memory: not real-time safe. */
ATROUS_API void atrous_effect_free(atrous_effect* effect);

/* Runs `frames` samples of each of `channels` arrays, from in[c] to out[c], which may be the same. NaN and Inf are read
 * as 0; only finite samples within the ceiling leave. How the signal is cut into blocks changes nothing. Channels that
 * the host lacks, and those with a NULL in `in`, are silent to the effect; a NULL in `out` is not written; channels
 * that the effect lacks, or all without an effect, are written with zeros. Real-time safe. */
ATROUS_API void atrous_effect_process(atrous_effect* effect, const float* const* in, float* const* out, size_t channels,
                                      size_t frames);

/* Changes the size of a network with all_sizes without a click, within a receptive field and a crossfade of 10 ms.
 * Clipped to 0 to 1; NaN changes nothing. Real-time safe. */
ATROUS_API void atrous_effect_set_size(atrous_effect* effect, double size);

/* Turns a knob: what the model reads of it goes in a straight line to its new value, in knob_ramp from the next sample
 * on. `value` is clipped to its range, a switch takes the nearest position; NaN, and a knob that the model lacks,
 * change nothing. Real-time safe. */
ATROUS_API void atrous_effect_set_knob(atrous_effect* effect, size_t knob, double value);

/* Back to the prewarmed state, at the size that was set last and with the knobs as they were turned last. Real-time
 * safe. */
ATROUS_API void atrous_effect_reset(atrous_effect* effect);

/* Samples since the effect was made, over all channels, that were clamped or silenced on their way out. Real-time
 * safe. */
ATROUS_API uint64_t atrous_effect_guarded(const atrous_effect* effect);

/* Channels of sound: those of the options; 0 of NULL. Real-time safe. */
ATROUS_API int atrous_effect_channels(const atrous_effect* effect);

/* Delay in samples of the host's rate, 0 at the model's own unless it is oversampled: the whole number that hosts
 * compensate. Real-time safe. */
ATROUS_API size_t atrous_effect_latency(const atrous_effect* effect);
/* The delay itself, of which that is the nearest whole number, for a dry signal that is mixed with this one. Real-time
 * safe. */
ATROUS_API double atrous_effect_exact_latency(const atrous_effect* effect);

/* ---- Sounds in files, such as impulse responses ---- */

/* Samples, their rate and their channels: an immutable handle. */
typedef struct atrous_sound atrous_sound;

/* Reads the first `max_frames` frames of a sound file (WAV, AIFF, FLAC, Ogg, CAF, W64, AU, MP3 where libsndfile has
 * it), or all of them where that is 0. Errors: io, format, unsupported (more than 256 channels, or than 2^31
 * samples). */
ATROUS_API atrous_status atrous_sound_load(const char* path, size_t max_frames, atrous_sound** sound);

/* The same sound at another rate, at soxr's very high quality, without delay: round(frames * hz / its rate) frames.
 * Errors: argument (a rate outside 1 Hz to 10 MHz, a ratio outside 1/1000 to 1000). */
ATROUS_API atrous_status atrous_sound_resample(const atrous_sound* sound, double hz, atrous_sound** result);

/* Ends a sound; NULL is fine. What was made from it goes on. Frees memory: not real-time safe. */
ATROUS_API void atrous_sound_free(atrous_sound* sound);

/* Hz; 0 of NULL. Real-time safe. */
ATROUS_API double atrous_sound_sample_rate(const atrous_sound* sound);
/* 1 to 256; 0 of NULL. Real-time safe. */
ATROUS_API int atrous_sound_channels(const atrous_sound* sound);
/* Samples of each channel; 0 of NULL. Real-time safe. */
ATROUS_API size_t atrous_sound_frames(const atrous_sound* sound);
/* Full scale -1 to 1, interleaved: samples[frame * channels + channel]. NULL of NULL. Real-time safe. */
ATROUS_API const float* atrous_sound_samples(const atrous_sound* sound);

/* ---- Features: what vocoders read ---- */

/* Frames of features: an immutable handle. */
typedef struct atrous_features atrous_features;

/* The features of `samples` of mono sound that `model` expects, unpadded. `sample_rate` must be the model's: resample
 * first. Errors: argument (another rate), invalid (the model has no front end). */
ATROUS_API atrous_status atrous_features_compute(const atrous_model* model, const float* audio, size_t samples,
                                                 double sample_rate, atrous_features** features);

/* Features for `model` from a .npy or .npz, unpadded, or from the tensor "c" of a .safetensors, padded; as (frames,
 * bins) or (bins, frames), whichever has the model's bins. Errors: io, format, argument (no axis has the model's bins;
 * a model that reads none). */
ATROUS_API atrous_status atrous_features_load(const atrous_model* model, const char* path, atrous_features** features);

/* Ends features; NULL is fine. Frees memory: not real-time safe. */
ATROUS_API void atrous_features_free(atrous_features* features);

/* How many frames there are; 0 of NULL. Real-time safe. */
ATROUS_API size_t atrous_features_frames(const atrous_features* features);
/* Values of a frame; 0 of NULL. Real-time safe. */
ATROUS_API size_t atrous_features_bins(const atrous_features* features);
/* frames * bins of them, values[frame * bins + bin]. Real-time safe. */
ATROUS_API const float* atrous_features_values(const atrous_features* features);
/* 1 where the model's own padding is in them already, else 0. Real-time safe. */
ATROUS_API int atrous_features_padded(const atrous_features* features);
/* How the features were understood and what is suspicious about them; NULL from the end of the list on. Real-time
 * safe. */
ATROUS_API const char* atrous_features_warning(const atrous_features* features, size_t index);

/* The same features of a sound that arrives piece by piece; how it is cut leaves no trace. */
typedef struct atrous_extractor atrous_extractor;

/* `sample_rate` must be the model's. Errors: as of atrous_features_compute. */
ATROUS_API atrous_status atrous_extractor_create(const atrous_model* model, double sample_rate,
                                                 atrous_extractor** extractor);

/* Ends an extractor; NULL is fine. Frees memory: not real-time safe. */
ATROUS_API void atrous_extractor_free(atrous_extractor* extractor);

/* The frames, maybe none, that `samples` more of mono sound complete. Errors: argument (after finish). */
ATROUS_API atrous_status atrous_extractor_append(atrous_extractor* extractor, const float* audio, size_t samples,
                                                 atrous_features** features);
/* The last frames: no more sound comes. Once. Errors: argument (again). */
ATROUS_API atrous_status atrous_extractor_finish(atrous_extractor* extractor, atrous_features** features);

/* ---- Generators: conditioning in, sound out ---- */

/* A voice of a network that makes sound. */
typedef struct atrous_generator atrous_generator;

/* What a voice is to be. */
typedef struct atrous_generator_options {
  size_t struct_size; /* sizeof(atrous_generator_options) */
  uint64_t seed;      /* the same seed gives the same sound, on the same instruction set */
  uint64_t voice;     /* random numbers depend on (seed, voice, index of the sample) alone */
  double temperature; /* 0 to 100: divides logits, scales the spread of the other outputs; 0 is greedy */
  int greedy;         /* not 0: the most likely value at every step */
  int speaker;        /* 0 to the network's speakers - 1, where it has some; else 0 */
} atrous_generator_options;
/* The defaults: seed 0, voice 0, temperature 1, not greedy, speaker 0. */
#define ATROUS_GENERATOR_OPTIONS \
  { sizeof(atrous_generator_options), 0, 0, 1.0, 0, 0 }

/* One voice. Errors: argument (an option out of its range, a network that does not generate). */
ATROUS_API atrous_status atrous_generator_create(const atrous_network* network, const atrous_generator_options* options,
                                                 atrous_generator** generator);

/* Ends a generator; NULL is fine. Frees memory: not real-time safe. */
ATROUS_API void atrous_generator_free(atrous_generator* generator);

/* Appends features: `values` has `frames` * `bins` floats, unpadded, or (`padded` not 0) padded already; all of one
 * sort. They may arrive while sound is made; what is used up is forgotten. Errors: argument (other bins than the
 * network's, a network that reads none, after finish). */
ATROUS_API atrous_status atrous_generator_append(atrous_generator* generator, const float* values, size_t frames,
                                                 size_t bins, int padded);
/* No more features will come: the last frames become available. Nothing changes where none are
 * heard, or where it was said before. Errors: argument (NULL). */
ATROUS_API atrous_status atrous_generator_finish(atrous_generator* generator);

/* Samples that the features so far allow to make; SIZE_MAX for a network that reads none. Real-time safe. */
ATROUS_API size_t atrous_generator_available(const atrous_generator* generator);

/* Reads `samples` of sound, at the model's rate, as if it had made them; at most those available. Returns how many it
 * heard. Real-time safe. */
ATROUS_API size_t atrous_generator_prime(atrous_generator* generator, const float* audio, size_t samples);

/* Makes up to `samples` of sound, and returns how many: fewer where the features run out. How it is cut into calls
 * changes nothing. Real-time safe. */
ATROUS_API size_t atrous_generator_fill(atrous_generator* generator, float* out, size_t samples);

/* Back to silence, sample 0 and the first frame; where frames that were used up have been forgotten (which an append
 * after a fill does), the features start anew instead, empty. Real-time safe. */
ATROUS_API void atrous_generator_reset(atrous_generator* generator);

/* Many voices of one network, each as a generator of its own would sound, which share each read of the weights. */
typedef struct atrous_bank atrous_bank;

/* `count` voices, 1 to 256, with an element of `voices` each, all of one struct_size (NULL: the defaults, with voice 0
 * to count - 1). `threads`, 1 to 256, share the work. Errors: argument, io (no more threads). */
ATROUS_API atrous_status atrous_bank_create(const atrous_network* network, const atrous_generator_options* voices,
                                            size_t count, int threads, atrous_bank** bank);

/* Ends a bank; NULL is fine. Frees memory: not real-time safe. */
ATROUS_API void atrous_bank_free(atrous_bank* bank);

/* How many voices there are; 0 of NULL. Real-time safe. */
ATROUS_API size_t atrous_bank_voices(const atrous_bank* bank);

/* As atrous_generator_append(), for voice 0 to voices - 1. Errors: as there; argument (another voice). */
ATROUS_API atrous_status atrous_bank_append(atrous_bank* bank, size_t voice, const float* values, size_t frames,
                                            size_t bins, int padded);
/* As atrous_generator_finish(), for voice 0 to voices - 1. Errors: argument (another voice). */
ATROUS_API atrous_status atrous_bank_finish(atrous_bank* bank, size_t voice);
/* As atrous_generator_available(); 0 for a voice that is not there. Real-time safe. */
ATROUS_API size_t atrous_bank_available(const atrous_bank* bank, size_t voice);
/* As atrous_generator_prime(); 0 for a voice that is not there. Real-time safe. */
ATROUS_API size_t atrous_bank_prime(atrous_bank* bank, size_t voice, const float* audio, size_t samples);
/* As atrous_generator_reset(); nothing for a voice that is not there. Real-time safe. */
ATROUS_API void atrous_bank_reset(atrous_bank* bank, size_t voice);

/* Makes samples[v] of sound for each of `voices` voices into sounds[v], and sets samples[v] to how many it made: fewer
 * where the features run out, 0 for voices that are not there. A voice with 0 or NULL waits, and costs nothing.
 * Real-time safe where the bank has one thread. */
ATROUS_API void atrous_bank_fill(atrous_bank* bank, float* const* sounds, size_t* samples, size_t voices);

/* ---- Scores: how well a generating network predicts a sound ---- */

/* What a sound is scored with. */
typedef struct atrous_score_options {
  size_t struct_size;              /* sizeof(atrous_score_options) */
  const atrous_features* features; /* to read; NULL: what the model's own front end makes of the sound */
  int speaker;                     /* as of atrous_generator_options */
} atrous_score_options;
/* The defaults: the model's own front end, speaker 0. */
#define ATROUS_SCORE_OPTIONS \
  { sizeof(atrous_score_options), NULL, 0 }

/* How well a sound was predicted. */
typedef struct atrous_score {
  size_t struct_size;                    /* sizeof(atrous_score) */
  size_t steps;                          /* samples that were predicted: one less than there are */
  double nll_nats;                       /* negative log-likelihood, the mean over all steps */
  double nll_nats_after_receptive_field; /* the mean over the steps that read a full receptive field; NAN if none */
} atrous_score;

/* Scores `samples` of mono sound, at the model's rate, under teacher forcing; fills `score`, whose struct_size is set.
 * Errors: argument (fewer than 2 samples, features that cover less, a speaker out of range, a network that does not
 * generate), unsupported (struct_size). */
ATROUS_API atrous_status atrous_network_score(const atrous_network* network, const float* audio, size_t samples,
                                              const atrous_score_options* options, atrous_score* score);

#ifdef __cplusplus
}
#endif
