// The engine in JavaScript's terms: models, effects, generators and features over an instance of WebAssembly. For
// pages, workers and Node; nothing here knows of Web Audio.
import { instantiate, Runner } from "./worklet.js";

// What the engine refuses: `code` is "io", "format", "invalid", "unsupported", "argument", "memory" or "internal".
export class AtrousError extends Error {
  constructor(message, code) {
    super(message);
    this.name = "AtrousError";
    this.code = code;
  }
}

const refuse = (message) => {
  throw new AtrousError(message, "argument");
};

// A module with one function of one SIMD instruction: where it is valid, SIMD is there.
const simdProbe = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0,
  253, 15, 253, 98, 11]);
export const hasSimd = () => WebAssembly.validate(simdProbe);

const compiled = new Map(); // address -> promise of a module

// Compiles a module, once for every address.
export function compile({ simd = hasSimd(), url } = {}) {
  const address = String(url ?? (simd ? new URL("./simd.wasm", import.meta.url) : new URL("./scalar.wasm", import.meta.url)));
  if (!compiled.has(address)) {
    const module = bytesOf(address).then((bytes) => WebAssembly.compile(bytes));
    module.catch(() => compiled.delete(address)); // the next call tries again
    compiled.set(address, module);
  }
  return compiled.get(address);
}

async function bytesOf(address) {
  if (address.startsWith("file:")) {
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
    return readFile(new URL(address));
  }
  const response = await fetch(address);
  if (!response.ok) throw new AtrousError(`${address}: ${response.status} ${response.statusText}`, "io");
  return response.arrayBuffer();
}

// An engine with memory of its own.
export async function load(options) {
  return new Atrous(await compile(options));
}

export class Atrous {
  constructor(module) {
    this.module = module;
    this.exports = instantiate(module);
    this.exports._initialize();
  }

  get version() {
    return this.text(this.exports.atrous_version());
  }

  // A model from the bytes of its file: an ArrayBuffer or any view of one.
  model(bytes, options) {
    return new Model(this, bytes, options);
  }

  // ---- Memory ----

  get buffer() {
    return this.exports.memory.buffer; // another one whenever memory has grown
  }
  allocate(bytes) {
    return this.exports.malloc(Math.max(bytes, 1)) || this.fail(6, "no more memory");
  }
  floats(at, count) {
    return new Float32Array(this.buffer, at, count);
  }
  // Runs `work` with a copy of a typed array, or of a text, in the engine's memory.
  with(values, work) {
    const bytes = typeof values === "string" ? new TextEncoder().encode(values + "\0")
      : ArrayBuffer.isView(values) ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
        : new Uint8Array(values);
    const at = this.allocate(bytes.length);
    try {
      new Uint8Array(this.buffer).set(bytes, at);
      return work(at);
    } finally {
      this.exports.free(at);
    }
  }
  // The same, or NULL for what is undefined.
  withOptional(values, work) {
    return values === undefined ? work(0) : this.with(values, work);
  }
  text(at) {
    const bytes = new Uint8Array(this.buffer, at);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  // ---- Calls ----

  check(status) {
    if (status !== 0) this.fail(status, this.text(this.exports.atrous_error_message()));
  }
  fail(status, message) {
    throw new AtrousError(message, this.text(this.exports.atrous_status_name(status)));
  }
  // What call(where) writes there.
  result(call, read = (view) => view.getUint32(0, true)) {
    return this.with(new Uint8Array(8), (where) => {
      this.check(call(where));
      return read(new DataView(this.buffer, where, 8));
    });
  }
  number(call) {
    return this.result(call, (view) => view.getFloat64(0, true));
  }
}

export class Model {
  // options: {name, sampleRate, precision, size, allSizes}
  constructor(engine, bytes, { name = "model", sampleRate, precision, size = 1, allSizes = false } = {}) {
    if (!(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) refuse("a model is made of an ArrayBuffer or a view of one");
    const { exports } = engine;
    this.engine = engine;
    this.handle = engine.with(bytes, (at) => engine.with(name, (label) =>
      engine.result((to) => exports.atrous_model_from_memory(at, bytes.byteLength, label, to))));
    try {
      if (sampleRate !== undefined) {
        const other = engine.result((to) => exports.atrous_model_at_sample_rate(this.handle, sampleRate, to));
        exports.atrous_model_free(this.handle);
        this.handle = other;
      }
      this.network = engine.withOptional(precision, (at) =>
        engine.result((to) => exports.atrous_web_network(this.handle, at, size, allSizes ? 1 : 0, to)));
    } catch (error) {
      exports.atrous_model_free(this.handle);
      throw error;
    }
    this.info = JSON.parse(engine.text(exports.atrous_web_facts(this.handle, this.network)));
  }

  effect(options) {
    return new Effect(this, options);
  }
  generator(options) {
    return new Generator(this, options);
  }
  extractor(sampleRate = this.info.sampleRate) {
    return new Extractor(this, sampleRate);
  }
  // The features of a whole sound, mono, at the model's rate.
  features(samples, sampleRate) {
    const extractor = this.extractor(sampleRate);
    try {
      const parts = [extractor.append(samples), extractor.finish()];
      const values = new Float32Array(parts[0].values.length + parts[1].values.length);
      values.set(parts[0].values);
      values.set(parts[1].values, parts[0].values.length);
      return { values, frames: parts[0].frames + parts[1].frames, bins: parts[0].bins };
    } finally {
      extractor.free();
    }
  }

  // Linear factors, by the formulas of the Neural Amp Modeler plugin.
  loudnessGain() {
    return this.engine.number((to) => this.engine.exports.atrous_model_loudness_gain(this.handle, to));
  }
  inputGain(hostDbu) {
    return this.engine.number((to) => this.engine.exports.atrous_model_input_gain(this.handle, hostDbu, to));
  }
  outputGain(hostDbu) {
    return this.engine.number((to) => this.engine.exports.atrous_model_output_gain(this.handle, hostDbu, to));
  }

  // Its memory is free again; what was made of it goes on.
  free() {
    this.engine.exports.atrous_network_free(this.network);
    this.engine.exports.atrous_model_free(this.handle);
    this.network = this.handle = 0;
  }
}

// The knobs of a model in their order, from {name or index: value}; undefined where none is named.
function knobValues(model, knobs) {
  if (!knobs || Object.keys(knobs).length === 0) return undefined;
  const values = model.info.knobs.map((knob) => knob.defaultValue);
  for (const [name, value] of Object.entries(knobs)) values[knobIndex(model.info, name)] = Number(value);
  return new Float64Array(values);
}

export function knobIndex(info, knob) {
  const same = (a, b) => a.toLowerCase() === b.toLowerCase();
  const named = info.knobs.findIndex((each) => each.name === String(knob));
  const alike = named >= 0 ? named : info.knobs.findIndex((each) => same(each.name, String(knob)));
  const index = alike >= 0 ? alike : Number(knob);
  if (!(index >= 0 && index < info.knobs.length && Number.isInteger(index))) {
    const names = info.knobs.map((each) => each.name).join(", ");
    refuse(`no knob ${JSON.stringify(String(knob))}: ${names ? `expected one of ${names}` : "the model has none"}`);
  }
  return index;
}

export class Effect {
  // options: {sampleRate, channels, inputGain, outputGain, ceiling, knobs, knobRamp, oversample,
  // oversamplePhase, rest, block}
  constructor(model, { sampleRate = 0, channels = Math.max(1, model.info.inputs), inputGain = 1, outputGain = 1, ceiling = 100,
    knobs, knobRamp = 0.05, oversample = 1, oversamplePhase, rest = true, block = 128 } = {}) {
    const { engine } = model;
    const { exports } = engine;
    const values = knobValues(model, knobs);
    this.engine = engine;
    this.info = model.info;
    this.channels = channels;
    this.block = block;
    this.handle = engine.withOptional(values, (at) => engine.withOptional(oversamplePhase, (phase) =>
      engine.result((to) => exports.atrous_web_effect(model.network, sampleRate, block, channels, inputGain, outputGain,
        ceiling, at, values?.length ?? 0, knobRamp, oversample, phase, rest ? 1 : 0, to))));
    this.samples = engine.allocate(4 * channels * block); // [channels][block]
    this.rows = engine.allocate(4 * channels); // where each begins
    const rows = new Uint32Array(engine.buffer, this.rows, channels);
    for (let c = 0; c < channels; ++c) rows[c] = this.samples + 4 * c * block;
  }

  get latency() {
    return this.engine.exports.atrous_effect_latency(this.handle);
  }

  // A Float32Array, or one for each channel -> the same in new arrays. How a sound is cut into calls changes nothing.
  process(input) {
    const alone = !Array.isArray(input);
    const rows = alone ? [input] : input;
    if (rows.length !== this.channels) refuse(`the effect has ${this.channels} channels, and was given ${rows.length}`);
    const frames = rows[0].length;
    const output = rows.map(() => new Float32Array(frames));
    for (let start = 0; start < frames; start += this.block) {
      const count = Math.min(this.block, frames - start);
      const row = (c) => this.engine.floats(this.samples + 4 * c * this.block, count);
      for (let c = 0; c < this.channels; ++c) row(c).set(rows[c].subarray(start, start + count));
      this.engine.exports.atrous_effect_process(this.handle, this.rows, this.rows, this.channels, count);
      for (let c = 0; c < this.channels; ++c) output[c].set(row(c), start);
    }
    return alone ? output[0] : output;
  }

  // A knob by its name or index.
  setKnob(knob, value) {
    this.engine.exports.atrous_effect_set_knob(this.handle, knobIndex(this.info, knob), value);
  }
  setSize(size) {
    this.engine.exports.atrous_effect_set_size(this.handle, size);
  }
  reset() {
    this.engine.exports.atrous_effect_reset(this.handle);
  }
  free() {
    const { exports } = this.engine;
    exports.atrous_effect_free(this.handle);
    exports.free(this.samples);
    exports.free(this.rows);
    this.handle = this.samples = this.rows = 0;
  }

  // All that a Runner needs (worklet.js): the whole memory of the engine with this effect in it.
  snapshot() {
    const { effect = this.handle, rows, samples, block, channels, latency } = this;
    return { memory: this.engine.buffer.slice(0), effect, rows, samples, block, channels, latency };
  }
}

// Features of a sound that comes piece by piece; how it is cut leaves no trace.
export class Extractor {
  constructor(model, sampleRate) {
    this.engine = model.engine;
    this.handle = this.engine.result((to) => this.engine.exports.atrous_extractor_create(model.handle, sampleRate, to));
  }
  // The frames that these samples complete: {values: Float32Array [frames * bins], frames, bins}.
  append(samples) {
    return this.engine.with(samples, (at) =>
      this.take((to) => this.engine.exports.atrous_extractor_append(this.handle, at, samples.length, to)));
  }
  finish() {
    return this.take((to) => this.engine.exports.atrous_extractor_finish(this.handle, to));
  }
  take(call) {
    const { exports } = this.engine;
    const features = this.engine.result(call);
    const frames = exports.atrous_features_frames(features), bins = exports.atrous_features_bins(features);
    const values = this.engine.floats(exports.atrous_features_values(features), frames * bins).slice();
    exports.atrous_features_free(features);
    return { values, frames, bins };
  }
  free() {
    this.engine.exports.atrous_extractor_free(this.handle);
    this.handle = 0;
  }
}

export class Generator {
  // options: {seed, voice, temperature, greedy, speaker}
  constructor(model, { seed = 0, voice = 0, temperature = 1, greedy = false, speaker = 0 } = {}) {
    for (const [name, value] of Object.entries({ seed, voice })) {
      if (!(Number.isSafeInteger(value) && value >= 0)) refuse(`${name} is ${value}, expected a whole number from 0 to 2^53 - 1`);
    }
    this.engine = model.engine;
    this.info = model.info;
    this.handle = this.engine.result((to) => this.engine.exports.atrous_web_generator(model.network, seed, voice,
      temperature, greedy ? 1 : 0, speaker, to));
  }

  // Features that go on from those before: of an Extractor, or {values, frames, bins, padded}.
  append({ values, frames, bins, padded = false }) {
    this.engine.with(values, (at) => this.engine.check(
      this.engine.exports.atrous_generator_append(this.handle, at, frames, bins, padded ? 1 : 0)));
  }
  finish() {
    this.engine.check(this.engine.exports.atrous_generator_finish(this.handle));
  }
  // Samples that the features so far allow to make; Infinity for a model that reads none.
  get available() {
    const count = this.engine.exports.atrous_generator_available(this.handle) >>> 0;
    return count === 0xffffffff ? Infinity : count;
  }
  // Reads a sound as if it had made it; returns how many samples it read.
  prime(samples) {
    return this.engine.with(samples, (at) => this.engine.exports.atrous_generator_prime(this.handle, at, samples.length));
  }
  // Up to so many samples: fewer where the features run out.
  fill(count) {
    return this.engine.with(new Float32Array(count), (at) =>
      this.engine.floats(at, this.engine.exports.atrous_generator_fill(this.handle, at, count)).slice());
  }
  // A whole sound from whole features.
  generate(features) {
    this.append(features);
    this.finish();
    return this.fill(this.available);
  }
  reset() {
    this.engine.exports.atrous_generator_reset(this.handle);
  }
  free() {
    this.engine.exports.atrous_generator_free(this.handle);
    this.handle = 0;
  }
}

export { Runner };
