// WaveNets as nodes of Web Audio. The models themselves, for pages, workers and Node, are in engine.js.
import { AtrousError, compile, knobIndex, load } from "./engine.js";

export { Atrous, AtrousError, Effect, Extractor, Generator, Model, hasSimd, load } from "./engine.js";

const Node = globalThis.AudioWorkletNode ?? class {};
const prepared = new WeakMap(); // context -> promise that its audio thread knows the processors

function prepare(context, url) {
  if (!context.audioWorklet) {
    throw new AtrousError("this page has no AudioWorklet: it must come over https, or from localhost", "unsupported");
  }
  if (!prepared.has(context)) {
    prepared.set(context, context.audioWorklet.addModule(url ?? new URL("./worklet.js", import.meta.url)));
  }
  return prepared.get(context);
}

const startWorker = (url) =>
  url ? new Worker(url, { type: "module" }) : new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

// The worker's next answer to a message; errors that it reports, and those that keep it from starting, are thrown.
function ask(worker, message, transfer = []) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.type === "error" ? reject(new AtrousError(data.message, data.code ?? "internal")) : resolve(data);
    worker.onerror = (event) => reject(new AtrousError(`the worker failed: ${event.message ?? "it could not be loaded"}`, "internal"));
    worker.postMessage(message, transfer);
  });
}

const copyOf = (bytes) => {
  if (!(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) {
    throw new AtrousError("a model is made of an ArrayBuffer or a view of one", "argument");
  }
  return ArrayBuffer.isView(bytes) ? bytes.slice().buffer : bytes.slice(0);
};

// An effect for the context, made by a worker: {info, snapshot}.
async function makeEffect(module, context, bytes, { worker: url, name, modelRate, size, allSizes, ...options }, channels) {
  const copy = copyOf(bytes);
  const worker = startWorker(url);
  try {
    return await ask(worker, {
      type: "effect", module, bytes: copy, model: { name, sampleRate: modelRate, size, allSizes },
      effect: { ...options, channels, sampleRate: context.sampleRate },
    }, [copy]);
  } finally {
    worker.terminate();
  }
}

// A model as a node: sound in, sound out. AudioParams: wet (0 to 1), inputGain, outputGain (linear), none of which
// clicks. Events: "levels" (detail: {input, output, load}), "error" (detail: {message}).
export class EffectNode extends Node {
  constructor(context, { module, made, channels, options }) {
    super(context, "atrous-effect", {
      numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [channels],
      channelCount: channels, channelCountMode: "explicit",
      processorOptions: { module, channels, snapshot: made.snapshot },
    });
    Object.assign(this, { module, channels, options, info: made.info, latency: made.snapshot.latency, turn: 0 });
    this.port.onmessage = ({ data }) => this.dispatchEvent(new CustomEvent(data.type, { detail: data }));
  }

  get wet() {
    return this.parameters.get("wet");
  }
  get inputGain() {
    return this.parameters.get("inputGain");
  }
  get outputGain() {
    return this.parameters.get("outputGain");
  }

  // Another model in place of this one, crossfaded in 20 ms. What it refuses is thrown, and the old one plays on.
  async setModel(bytes, options = {}) {
    const turn = ++this.turn;
    const kept = { ...this.options, knobs: undefined, name: undefined, modelRate: undefined, ...options };
    const made = await makeEffect(this.module, this.context, bytes, kept, this.channels);
    if (turn !== this.turn) return; // yet another one was asked for meanwhile
    Object.assign(this, { options: kept, info: made.info, latency: made.snapshot.latency });
    this.port.postMessage({ type: "model", snapshot: made.snapshot }, [made.snapshot.memory]);
  }
  // By name or index.
  setKnob(knob, value) {
    this.port.postMessage({ type: "knob", index: knobIndex(this.info, knob), value });
  }
  setSize(value) {
    this.port.postMessage({ type: "size", value });
  }
  reset() {
    this.port.postMessage({ type: "reset" });
  }
  // Nothing is computed any more, and its memory is free once the node is.
  close() {
    this.disconnect();
    this.port.postMessage({ type: "close" });
  }
}

// options: {name, channels, knobs, knobRamp, oversample, oversamplePhase, size, allSizes, modelRate, rest; simd, urls: {wasm, worklet, worker}}
export async function createEffect(context, bytes, { channels = 1, simd, urls = {}, ...options } = {}) {
  const [module] = await Promise.all([compile({ simd, url: urls.wasm }), prepare(context, urls.worklet)]);
  const kept = { ...options, worker: urls.worker };
  const made = await makeEffect(module, context, bytes, kept, channels);
  return new EffectNode(context, { module, made, channels, options: kept });
}

// A voice as a node: it says what append() is given, while it comes. Events: "progress" (detail: {made, speed}, in
// samples and in multiples of real time), "ended" (detail: {played}), "error" (detail: {message}).
export class VoiceNode extends Node {
  constructor(context, { worker, info, lead }) {
    super(context, "atrous-voice", {
      numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [1], processorOptions: { lead },
    });
    Object.assign(this, { worker, info, turn: 0 });
    const tell = ({ data }) => {
      if (data.turn === undefined || data.turn === this.turn) this.dispatchEvent(new CustomEvent(data.type, { detail: data }));
    };
    this.port.onmessage = tell;
    worker.onmessage = tell;
    worker.onerror = (event) => tell({ data: { type: "error", message: event.message } });
  }

  // Begins anew, in silence. A model that reads no features speaks from here on.
  begin(options = {}) {
    this.worker.postMessage({ type: "clear", turn: ++this.turn, generator: options });
  }
  // Goes on with more of a mono sound at the model's rate.
  append(samples) {
    this.worker.postMessage({ type: "append", samples });
  }
  // No more comes: "ended" follows what is left.
  finish() {
    this.worker.postMessage({ type: "finish" });
  }
  // Says a whole sound.
  say(samples, options) {
    this.begin(options);
    this.append(samples);
    this.finish();
  }
  stop() {
    this.begin();
    if (this.info.bins === 0) this.finish();
  }
  close() {
    this.disconnect();
    this.worker.terminate();
    this.port.postMessage({ type: "close" });
  }
}

// options: {name, precision, seed, voice, temperature, greedy, speaker, lead (seconds), simd, urls}
export async function createVoice(context, bytes, { name, precision, lead = 0.3, simd, urls = {}, ...generator } = {}) {
  const copy = copyOf(bytes);
  const [module] = await Promise.all([compile({ simd, url: urls.wasm }), prepare(context, urls.worklet)]);
  const worker = startWorker(urls.worker);
  const { port1, port2 } = new MessageChannel();
  try {
    const { info } = await ask(worker, {
      type: "voice", module, bytes: copy, model: { name, precision }, generator,
      lead: Math.ceil(2 * lead * context.sampleRate),
    }, [copy, port1]);
    if (info.sampleRate !== context.sampleRate) {
      throw new AtrousError(`the voice speaks at ${info.sampleRate} Hz and the context runs at ${context.sampleRate} Hz: ` +
        `open it with new AudioContext({ sampleRate: ${info.sampleRate} })`, "argument");
    }
    const node = new VoiceNode(context, { worker, info, lead: Math.ceil(lead * context.sampleRate) });
    node.port.postMessage({ type: "source" }, [port2]);
    return node;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

// What a model says of itself, before any context is opened: its rate is the best one to open it at.
export async function inspect(bytes, { name, simd, urls = {} } = {}) {
  const model = (await load({ simd, url: urls.wasm })).model(bytes, { name });
  return model.info;
}
