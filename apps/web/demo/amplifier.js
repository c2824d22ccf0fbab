// The amplifier: a model over a sound in a loop, or over the microphone.
import { createEffect, inspect } from "./atrous/atrous.js";
import { careful, decibels, decode, fetchBytes, linear, openContext, partsOf, showValue } from "./parts.js";
import { Spectrogram } from "./spectrogram.js";

const section = document.getElementById("amplifier");
const parts = partsOf(section);
const spectrogram = new Spectrogram(parts.spectrogram);

const state = {
  model: null, // {name, bytes, info}
  sound: null, // {name, bytes}; null: the microphone
  context: null,
  effect: null, // the node
  source: null, // the node that plays, where one does
};

const facts = ({ name, info }) =>
  `${name}: ${info.name && info.name !== name ? `“${info.name}”, ` : ""}${info.architecture}, ${info.parameters.toLocaleString("en")} parameters, ` +
  `${info.sampleRate / 1000}\u00a0kHz${info.warnings.length ? `. ${info.warnings.join(". ")}` : ""}`;

// ---- Models ----

// What the engine refuses is thrown before anything changes.
export async function useModel(name, bytes) {
  const info = await inspect(bytes, { name });
  if (info.generates) throw new Error(`${name}: makes sound of its own, and is no effect`);
  const other = state.context && info.sampleRate !== state.model.info.sampleRate;
  if (state.effect && !other) await state.effect.setModel(bytes, { name });
  state.model = { name, bytes, info };
  parts.facts.textContent = facts(state.model);
  showKnobs(info.knobs);
  if (other) await reopen();
}

function showKnobs(knobs) {
  parts.knobs.hidden = knobs.length === 0;
  parts.knobs.replaceChildren(...knobs.map((knob, index) => {
    const label = document.createElement("label"), value = document.createElement("span"), input = document.createElement("input");
    Object.assign(input, { type: "range", min: knob.min, max: knob.max, step: knob.positions.length ? 1 : (knob.max - knob.min) / 200,
      value: knob.defaultValue });
    const show = () => showValue(input, value, knob.positions[Math.round(input.value)] ?? Number(input.value).toFixed(2));
    input.addEventListener("input", () => {
      show();
      state.effect?.setKnob(index, Number(input.value));
    });
    show();
    label.append(`${knob.name} `, value, input);
    return label;
  }));
}

// ---- Sounds ----

export async function useSound(name, bytes) {
  await decode(new OfflineAudioContext(1, 1, 48000), bytes, name); // refuses before anything changes
  state.sound = { name, bytes };
  parts.source.textContent = `Sound: ${name}`;
  parts.microphone.setAttribute("aria-pressed", "false");
  if (state.source) await play();
}

async function useMicrophone() {
  if (!navigator.mediaDevices) throw new Error("the microphone needs a page that comes over https, or from localhost");
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  stopSource();
  state.sound = null;
  state.stream = stream;
  parts.source.textContent = "Sound: the microphone. Loudspeakers may howl: use headphones.";
  parts.microphone.setAttribute("aria-pressed", "true");
  await play();
}

async function makeSource(context) {
  if (!state.sound) return new MediaStreamAudioSourceNode(context, { mediaStream: state.stream });
  const source = new AudioBufferSourceNode(context, { buffer: await decode(context, state.sound.bytes, state.sound.name), loop: true });
  source.start();
  return source;
}

// ---- Playing ----

async function open() {
  const { bytes, name, info } = state.model;
  state.context = openContext(info.sampleRate);
  state.effect = await createEffect(state.context, bytes, { name });
  for (const kind of ["input", "output"]) setGain(kind);
  setWet();
  let load = 0; // of the last second or so
  state.effect.addEventListener("levels", ({ detail }) => {
    load += 0.05 * (detail.load - load);
    parts["level-in"].value = decibels(detail.input);
    parts["level-out"].value = decibels(detail.output);
    parts.load.textContent = `${Math.round(100 * load)} % of real time, ${state.effect.info.isa === "simd128" ? "with SIMD" : "without SIMD"}` +
      (state.effect.latency ? `, ${state.effect.latency} samples late` : "");
  });
  state.effect.addEventListener("error", ({ detail }) => careful(() => { throw detail; })());
  state.effect.connect(state.context.destination);
}

async function play() {
  if (!state.context) await open();
  stopSource(Boolean(state.stream && !state.sound));
  const source = await makeSource(state.context);
  state.source = source;
  source.connect(state.effect);
  await state.context.resume();
  spectrogram.start(state.effect);
  parts.play.textContent = "Stop";
  parts.play.setAttribute("aria-pressed", "true");
}

function stopSource(keepStream = false) {
  state.source?.disconnect();
  state.source?.stop?.();
  state.source = null;
  if (keepStream) return;
  for (const track of state.stream?.getTracks() ?? []) track.stop();
  state.stream = null;
}

async function stop() {
  const microphone = !state.sound;
  stopSource();
  if (microphone) {
    state.sound = { name: "guitar.wav", bytes: await fetchBytes("guitar.wav") };
    parts.source.textContent = "Sound: guitar.wav";
    parts.microphone.setAttribute("aria-pressed", "false");
  }
  spectrogram.stop();
  await state.context.suspend();
  parts["level-in"].value = parts["level-out"].value = -60;
  parts.play.textContent = "Play";
  parts.play.setAttribute("aria-pressed", "false");
}

// A model of another rate has a context of its own.
async function reopen() {
  const played = Boolean(state.source);
  stopSource(true);
  spectrogram.stop();
  state.effect?.close();
  await state.context.close();
  state.context = state.effect = null;
  if (played) await play();
}

// ---- Controls ----

function setGain(kind) {
  const db = Number(parts[kind].value);
  showValue(parts[kind], parts[`${kind}-value`], `${db} dB`);
  if (state.effect) state.effect[`${kind}Gain`].value = linear(db);
}
function setWet() {
  if (state.effect) state.effect.wet.value = parts.wet.checked ? 1 : 0;
}

export const isModel = (name) => /\.(nam|json|aidax|safetensors)$/i.test(name);

parts.model.addEventListener("change", careful(async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) await useModel(file.name, await file.arrayBuffer());
}));
parts.sound.addEventListener("change", careful(async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) await useSound(file.name, await file.arrayBuffer());
}));
parts.microphone.addEventListener("click", careful(() => (state.stream ? stop() : useMicrophone())));
parts.play.addEventListener("click", careful(() => (state.source ? stop() : play())));
parts.wet.addEventListener("change", setWet);
for (const kind of ["input", "output"]) parts[kind].addEventListener("input", () => setGain(kind));

export async function start() {
  const [model, sound] = await Promise.all([fetchBytes("amp.nam"), fetchBytes("guitar.wav")]);
  state.sound = { name: "guitar.wav", bytes: sound };
  await useModel("amp.nam", model);
}
