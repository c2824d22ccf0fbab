// What runs on the audio thread: a module for AudioWorklet.addModule(), which imports nothing, so that bundlers may
// copy it as it is. Elsewhere it is imported for instantiate() and Runner.

// An instance of a module of Atrous. It needs nothing of its surroundings but a clock.
export function instantiate(module) {
  let memory;
  const given = {
    emscripten_notify_memory_growth() {},
    proc_exit(code) {
      throw new Error(`atrous: exit ${code}`);
    },
    clock_time_get(clock, precision, at) {
      new DataView(memory.buffer).setBigUint64(at, BigInt(Math.round(Date.now() * 1e6)), true);
      return 0;
    },
    environ_sizes_get(count, bytes) {
      const view = new DataView(memory.buffer);
      view.setUint32(count, 0, true);
      view.setUint32(bytes, 0, true);
      return 0;
    },
    environ_get: () => 0,
  };
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = given[name] ?? (() => { throw new Error(`atrous: ${name} is not there in a browser`); });
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  memory = exports.memory;
  return exports;
}

// An effect that was made in another instance of the same module, at its first sample. All that an instance is stands
// in its memory, so a copy of that is a copy of the effect: no model is read and nothing is allocated here.
export class Runner {
  // {memory, effect, rows, samples, block, channels, latency}: see Effect.snapshot() in engine.js.
  constructor(module, snapshot) {
    Object.assign(this, snapshot);
    this.exports = instantiate(module);
    const memory = this.exports.memory;
    const missing = snapshot.memory.byteLength - memory.buffer.byteLength;
    if (missing > 0) memory.grow(missing / 65536);
    new Uint8Array(memory.buffer).set(new Uint8Array(snapshot.memory));
    this.memory = null;
    this.views = Array.from({ length: this.channels }, (_, c) =>
      new Float32Array(memory.buffer, this.samples + 4 * c * this.block, this.block));
  }

  // Channels of any length from `input` to `output`, which may be the same arrays.
  process(input, output, frames) {
    for (let start = 0; start < frames; start += this.block) {
      const count = Math.min(this.block, frames - start);
      for (let c = 0; c < this.channels; ++c) {
        const from = input[c];
        if (from) this.views[c].set(from.subarray(start, start + count));
        else this.views[c].fill(0, 0, count);
      }
      this.exports.atrous_effect_process(this.effect, this.rows, this.rows, this.channels, count);
      for (let c = 0; c < this.channels; ++c) output[c].set(this.views[c].subarray(0, count), start);
    }
  }
  setKnob(index, value) {
    this.exports.atrous_effect_set_knob(this.effect, index, value);
  }
  setSize(size) {
    this.exports.atrous_effect_set_size(this.effect, size);
  }
  reset() {
    this.exports.atrous_effect_reset(this.effect);
  }
}

const Processor = globalThis.AudioWorkletProcessor ?? class {};
const smoothing = 0.003; // seconds in which a gain goes two thirds of its way
const fade = 0.02; // seconds from one model to the next
const report = 0.05; // seconds between reports of levels

// A gain that follows a parameter without a click, and is exactly what was asked for once it is there.
class Gain {
  constructor(value) {
    this.value = value;
  }
  next(target, step) {
    this.value += (target - this.value) * step;
    if (Math.abs(target - this.value) < 1e-4) this.value = target;
    return this.value;
  }
}

// A signal, late by as much as a model is.
class Delay {
  // `before`: one of the same signal, which this one goes on from where it is as long.
  constructor(frames, before) {
    const alike = before?.past.length === frames;
    this.past = alike ? before.past.slice() : new Float32Array(frames);
    this.at = alike ? before.at : 0;
  }
  process(input, output) {
    if (this.past.length === 0) return output.set(input);
    for (let t = 0; t < input.length; ++t) {
      output[t] = this.past[this.at];
      this.past[this.at] = input[t];
      this.at = (this.at + 1) % this.past.length;
    }
  }
}

// A model, and the dry signal as late as what it makes: frames of each channel in wet and dry.
class Pair {
  constructor(module, snapshot, before) {
    this.runner = new Runner(module, snapshot);
    this.delays = Array.from({ length: snapshot.channels }, (_, c) => new Delay(snapshot.latency, before?.delays[c]));
    this.room(128);
  }
  room(frames) {
    const rows = () => this.delays.map(() => new Float32Array(frames));
    this.wet = rows();
    this.dry = rows();
  }
  process(input, frames) {
    if (frames !== this.wet[0].length) this.room(frames);
    this.runner.process(input, this.wet, frames);
    this.delays.forEach((delay, c) => delay.process(input[c], this.dry[c]));
  }
}

// One input and one output, of as many channels as the effect has.
class EffectProcessor extends Processor {
  static get parameterDescriptors() {
    const gain = { automationRate: "a-rate", minValue: 0, maxValue: 1e4, defaultValue: 1 };
    return [{ ...gain, name: "wet", maxValue: 1 }, { ...gain, name: "inputGain" }, { ...gain, name: "outputGain" }];
  }

  constructor({ processorOptions, parameterData = {} }) {
    super();
    this.channels = processorOptions.channels;
    this.module = processorOptions.module;
    this.wet = new Gain(parameterData.wet ?? 1);
    this.gainIn = new Gain(parameterData.inputGain ?? 1);
    this.gainOut = new Gain(parameterData.outputGain ?? 1);
    this.step = 1 - Math.exp(-1 / (smoothing * sampleRate));
    this.levels = { input: 0, output: 0 };
    this.frames = this.busy = 0;
    this.alive = true;
    this.heard = Array.from({ length: this.channels }, () => new Float32Array(128));
    this.take(processorOptions.snapshot);
    this.port.onmessage = ({ data }) => this.obey(data);
    this.port.onmessageerror = () => this.port.postMessage({ type: "error", message: "a message could not be read" });
  }

  // Another model, to which the one before leads over.
  take(snapshot) {
    this.previous = this.now;
    this.left = Math.round(fade * sampleRate);
    this.now = new Pair(this.module, snapshot, this.previous);
  }

  obey(message) {
    try {
      if (message.type === "model") this.take(message.snapshot);
      if (message.type === "knob") this.now.runner.setKnob(message.index, message.value);
      if (message.type === "size") this.now.runner.setSize(message.value);
      if (message.type === "reset") this.now.runner.reset();
      if (message.type === "close") this.alive = false;
    } catch (error) {
      this.port.postMessage({ type: "error", message: String(error.message ?? error) });
    }
  }

  process([input], [output], parameters) {
    const began = Date.now();
    const frames = output[0].length;
    if (frames !== this.heard[0].length) this.heard = this.heard.map(() => new Float32Array(frames));
    this.listen(input, frames, parameters.inputGain);
    this.now.process(this.heard, frames);
    if (this.previous) this.change(frames);
    this.play(output, frames, parameters);
    this.tell(frames, Date.now() - began);
    return this.alive;
  }

  // What the node reads, after its gain: the same for all channels of a sample.
  listen(input, frames, gains) {
    const before = this.gainIn.value;
    let level = this.levels.input;
    for (let c = 0; c < this.channels; ++c) {
      const from = input[c];
      this.gainIn.value = before;
      for (let t = 0; t < frames; ++t) {
        const x = (from ? from[t] : 0) * this.gainIn.next(gains[gains.length > 1 ? t : 0], this.step);
        this.heard[c][t] = x;
        level = Math.max(level, Math.abs(x));
      }
    }
    this.levels.input = level;
  }

  // The crossfade from the model before to this one.
  change(frames) {
    const length = Math.round(fade * sampleRate);
    this.previous.process(this.heard, frames);
    for (const kind of ["wet", "dry"]) {
      for (let c = 0; c < this.channels; ++c) {
        const to = this.now[kind][c], from = this.previous[kind][c];
        for (let t = 0; t < frames; ++t) to[t] += (Math.max(0, this.left - t) / length) * (from[t] - to[t]);
      }
    }
    this.left -= frames;
    if (this.left <= 0) this.previous = null;
  }

  play(output, frames, { wet, outputGain }) {
    const wetBefore = this.wet.value, gainBefore = this.gainOut.value;
    let level = this.levels.output;
    for (let c = 0; c < output.length; ++c) {
      this.wet.value = wetBefore;
      this.gainOut.value = gainBefore;
      for (let t = 0; t < frames; ++t) {
        const share = this.wet.next(wet[wet.length > 1 ? t : 0], this.step);
        const gain = this.gainOut.next(outputGain[outputGain.length > 1 ? t : 0], this.step);
        const dry = this.now.dry[c][t], made = this.now.wet[c][t] * gain;
        output[c][t] = share === 1 ? made : dry + share * (made - dry);
        level = Math.max(level, Math.abs(output[c][t]));
      }
    }
    this.levels.output = level;
  }

  // Peaks, and how much of real time the processor was busy: its clock ticks in milliseconds, but not on average.
  tell(frames, busy) {
    this.frames += frames;
    this.busy += busy;
    if (this.frames < report * sampleRate) return;
    const load = this.busy / (1000 * this.frames / sampleRate);
    this.port.postMessage({ type: "levels", ...this.levels, load });
    this.levels = { input: 0, output: 0 };
    this.frames = this.busy = 0;
  }
}

// Plays what a worker makes, in the order in which it comes.
class VoiceProcessor extends Processor {
  constructor({ processorOptions }) {
    super();
    this.lead = processorOptions.lead; // samples that wait before the first is heard
    this.alive = true;
    this.clear();
    this.port.onmessage = ({ data, ports }) => this.obey(data, ports);
  }

  clear() {
    this.queue = [];
    this.offset = 0; // in the first piece
    this.waiting = this.played = this.told = 0;
    this.started = this.finished = false;
  }

  obey(message, ports) {
    if (message.type === "source") {
      this.source = ports[0];
      this.source.onmessage = ({ data }) => this.hear(data);
    }
    if (message.type === "close") this.alive = false;
  }

  hear(data) {
    if (data.type === "clear") {
      this.clear();
      this.turn = data.turn;
    } else if (data.type === "end") {
      this.finished = true;
    } else {
      this.queue.push(data.samples);
      this.waiting += data.samples.length;
    }
  }

  process(inputs, [[output]]) {
    const due = this.started || this.waiting >= this.lead || (this.finished && this.waiting > 0);
    if (due) {
      this.started = true;
      this.fill(output);
    }
    if (this.played - this.told >= 512 || (this.finished && this.played > this.told)) this.tell();
    if (this.finished && this.waiting === 0) {
      this.port.postMessage({ type: "ended", turn: this.turn, played: this.played });
      this.clear();
    }
    return this.alive;
  }

  fill(output) {
    let t = 0;
    while (t < output.length && this.queue.length > 0) {
      const piece = this.queue[0];
      const count = Math.min(output.length - t, piece.length - this.offset);
      output.set(piece.subarray(this.offset, this.offset + count), t);
      t += count;
      this.offset += count;
      if (this.offset === piece.length) {
        this.queue.shift();
        this.offset = 0;
      }
    }
    this.waiting -= t;
    this.played += t;
    if (t < output.length && !this.finished) this.started = false; // the worker is late: wait until there is a lead again
  }

  tell() {
    this.told = this.played;
    this.source?.postMessage({ type: "played", turn: this.turn, samples: this.played });
  }
}

if (globalThis.registerProcessor) {
  registerProcessor("atrous-effect", EffectProcessor);
  registerProcessor("atrous-voice", VoiceProcessor);
}
