/** WaveNets as effects on sound and as generators of it. docs/web.md of the project leads through. */

/** What the engine refuses, with its message. */
export class AtrousError extends Error {
  readonly code: "io" | "format" | "invalid" | "unsupported" | "argument" | "memory" | "internal";
}

export interface Knob {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly defaultValue: number;
  /** Names of a switch's positions, which are its values from 0 on; empty for a knob without steps. */
  readonly positions: readonly string[];
}

/** Facts about a model; null where its file does not state them. */
export interface ModelInfo {
  readonly format: string;
  readonly architecture: "WaveNet" | "ConvNet" | "LSTM" | "GRU" | "Linear" | (string & {});
  readonly name: string;
  /** Hz */
  readonly sampleRate: number;
  readonly loudnessDb: number | null;
  readonly gain: number | null;
  readonly inputLevelDbu: number | null;
  readonly outputLevelDbu: number | null;
  /** Where one size of a model with several ends and the next begins, 0 to 1. */
  readonly sizeBounds: readonly number[];
  readonly isa: "simd128" | "reference";
  readonly precision: Precision;
  /** samples */
  readonly receptiveField: number;
  readonly parameters: number;
  readonly macsPerSample: number;
  readonly weightBytes: number;
  readonly layers: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly speakers: number;
  /** Values of a frame of features, and samples per frame; 0 where it reads none. */
  readonly bins: number;
  readonly hop: number;
  /** true: it makes sound; false: it is an effect. */
  readonly generates: boolean;
  readonly recurrent: boolean;
  readonly knobs: readonly Knob[];
  /** Things worth telling the user. */
  readonly warnings: readonly string[];
}

export type Precision = "f32" | "bf16" | "int8";
export type Bytes = ArrayBuffer | ArrayBufferView;
export type Knobs = Readonly<Record<string, number>>;

export interface LoadOptions {
  /** Which of the two modules; what the browser can where it is left out. */
  simd?: boolean;
  /** Where a module lies that does not lie beside the package. */
  url?: string | URL;
}
export interface ModelOptions {
  /** Stands for the file name in messages. */
  name?: string;
  /** Hz, where the file is to be taken for another rate than it states. */
  sampleRate?: number;
  /** Of the weights of generators. */
  precision?: Precision;
  /** Of a model with several sizes, 0 to 1. */
  size?: number;
  /** Packs the other sizes too, for setSize(). */
  allSizes?: boolean;
}
export interface EffectOptions {
  /** Of the host, Hz; the model's own where it is left out. */
  sampleRate?: number;
  channels?: number;
  inputGain?: number;
  outputGain?: number;
  /** Magnitude beyond which samples are clamped on their way out. */
  ceiling?: number;
  /** Where knobs stand at first, by name or index. */
  knobs?: Knobs;
  /** Seconds in which a knob that is turned gets there. */
  knobRamp?: number;
  /** 1, 2, 4 or 8 times the model's rate, against aliases. */
  oversample?: number;
  /** Of its filters: linear, the default, 64 samples late; minimum, 3.6 to 4.8. */
  oversamplePhase?: "linear" | "minimum";
  /** Silence costs next to nothing; the bits are the same. */
  rest?: boolean;
  /** Frames that run at one go. */
  block?: number;
}
export interface GeneratorOptions {
  /** The same seed gives the same sound. */
  seed?: number;
  voice?: number;
  temperature?: number;
  greedy?: boolean;
  speaker?: number;
}
export interface Features {
  /** values[frame * bins + bin] */
  readonly values: Float32Array;
  readonly frames: number;
  readonly bins: number;
  readonly padded?: boolean;
}

/** Whether this browser runs the faster of the two modules. */
export function hasSimd(): boolean;

/** An engine with memory of its own. In Node, in pages and in workers. */
export function load(options?: LoadOptions): Promise<Atrous>;

export class Atrous {
  private constructor();
  readonly version: string;
  /** Throws AtrousError. */
  model(bytes: Bytes, options?: ModelOptions): Model;
}

export class Model {
  private constructor();
  readonly info: ModelInfo;
  effect(options?: EffectOptions): Effect;
  generator(options?: GeneratorOptions): Generator;
  /** At the model's rate. */
  extractor(sampleRate?: number): Extractor;
  /** Of a whole mono sound at the model's rate. */
  features(samples: Float32Array, sampleRate?: number): Features;
  /** Output gain to the same loudness for every model. */
  loudnessGain(): number;
  /** Gains for a host whose converter takes so many dBu at full scale. */
  inputGain(hostDbu: number): number;
  outputGain(hostDbu: number): number;
  /** Frees its memory; what was made of it goes on. */
  free(): void;
}

export class Effect {
  private constructor();
  readonly info: ModelInfo;
  readonly channels: number;
  /** samples; 0 at the model's own rate */
  readonly latency: number;
  /** The next samples; how a sound is cut into calls changes nothing. */
  process(input: Float32Array): Float32Array;
  process(input: readonly Float32Array[]): Float32Array[];
  setKnob(knob: string | number, value: number): void;
  setSize(size: number): void;
  reset(): void;
  free(): void;
}

export class Extractor {
  private constructor();
  append(samples: Float32Array): Features;
  finish(): Features;
  free(): void;
}

export class Generator {
  private constructor();
  readonly info: ModelInfo;
  /** Samples that the features so far allow to make; Infinity where it reads none. */
  readonly available: number;
  append(features: Features): void;
  finish(): void;
  prime(samples: Float32Array): number;
  fill(count: number): Float32Array;
  generate(features: Features): Float32Array;
  reset(): void;
  free(): void;
}

/** Where the files of the package lie, if a bundler has moved them. */
export interface Urls {
  wasm?: string | URL;
  worklet?: string | URL;
  worker?: string | URL;
}
export interface EffectNodeOptions extends Pick<EffectOptions, "channels" | "knobs" | "knobRamp" | "oversample" | "oversamplePhase" | "rest"> {
  name?: string;
  /** Hz, where the file is to be taken for another rate than it states. */
  modelRate?: number;
  size?: number;
  allSizes?: boolean;
  simd?: boolean;
  urls?: Urls;
}
/** Events: "levels" (detail: Levels), "error" (detail: {message}). */
export class EffectNode extends AudioWorkletNode {
  private constructor();
  readonly info: ModelInfo;
  /** samples of the context */
  readonly latency: number;
  /** 0, what came in, as late as the model is, to 1, what the model makes of it. */
  readonly wet: AudioParam;
  readonly inputGain: AudioParam;
  readonly outputGain: AudioParam;
  setModel(bytes: Bytes, options?: Omit<EffectNodeOptions, "channels" | "simd" | "urls">): Promise<void>;
  setKnob(knob: string | number, value: number): void;
  setSize(size: number): void;
  reset(): void;
  close(): void;
}
export interface Levels {
  /** Peaks since the last event, in and out; the share of real time that was spent. */
  readonly input: number;
  readonly output: number;
  readonly load: number;
}
export function createEffect(context: BaseAudioContext, bytes: Bytes, options?: EffectNodeOptions): Promise<EffectNode>;

export interface VoiceNodeOptions extends GeneratorOptions {
  name?: string;
  precision?: Precision;
  /** Seconds of sound that wait before the first is heard. */
  lead?: number;
  simd?: boolean;
  urls?: Urls;
}
/** Events: "progress" (detail: {made, speed}), "ended" (detail: {played}), "error" (detail: {message}). */
export class VoiceNode extends AudioWorkletNode {
  private constructor();
  readonly info: ModelInfo;
  begin(options?: GeneratorOptions): void;
  append(samples: Float32Array): void;
  finish(): void;
  say(samples: Float32Array, options?: GeneratorOptions): void;
  stop(): void;
  close(): void;
}
/** The context runs at the model's rate. */
export function createVoice(context: BaseAudioContext, bytes: Bytes, options?: VoiceNodeOptions): Promise<VoiceNode>;

/** What a model says of itself, before a context is opened. */
export function inspect(bytes: Bytes, options?: { name?: string; simd?: boolean; urls?: Urls }): Promise<ModelInfo>;
