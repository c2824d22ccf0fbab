// The voice: says a recording again while it makes it.
import { createVoice, inspect } from "./atrous/atrous.js";
import { careful, decode, fetchBytes, openContext, partsOf } from "./parts.js";
import { Spectrogram } from "./spectrogram.js";

const section = document.getElementById("voice");
const parts = partsOf(section);
const spectrogram = new Spectrogram(parts.spectrogram);

const state = {
  model: null, // {name, bytes, info}
  sound: null, // {name, bytes}
  context: null,
  node: null, // the voice
  source: null, // the recording, while that plays
  speaking: false,
};

const facts = ({ name, info }) =>
  `${name}: ${info.architecture}, ${info.layers} layers, ${info.parameters.toLocaleString("en")} parameters, ${info.sampleRate / 1000}\u00a0kHz`;

export async function useModel(name, bytes) {
  const info = await inspect(bytes, { name });
  if (!info.generates) throw new Error(`${name}: is an effect, and makes no sound of its own`);
  await forget();
  state.model = { name, bytes, info };
  parts.facts.textContent = facts(state.model);
}

export async function useSound(name, bytes) {
  await decode(new OfflineAudioContext(1, 1, 48000), bytes, name);
  await hush();
  state.sound = { name, bytes };
  parts.source.textContent = `Recording: ${name}`;
}

// One channel at the voice's rate.
async function samples() {
  const buffer = await decode(state.context, state.sound.bytes, state.sound.name);
  const mono = new Float32Array(buffer.length);
  for (let c = 0; c < buffer.numberOfChannels; ++c) {
    const channel = buffer.getChannelData(c);
    for (let t = 0; t < mono.length; ++t) mono[t] += channel[t] / buffer.numberOfChannels;
  }
  return mono;
}

async function open() {
  if (!state.context) state.context = openContext(state.model.info.sampleRate);
  await state.context.resume();
}

async function speak() {
  await open();
  await hush();
  if (!state.node) {
    const { name, bytes } = state.model;
    state.node = await createVoice(state.context, bytes, { name, precision: parts.precision.value || undefined, seed: 1 });
    state.node.connect(state.context.destination);
    state.node.addEventListener("progress", ({ detail }) => {
      parts.progress.textContent = `${(detail.made / state.context.sampleRate).toFixed(1)} s made, at ${detail.speed.toFixed(1)} × real time, ` +
        `${state.node.info.precision}`;
    });
    state.node.addEventListener("ended", () => hush());
    state.node.addEventListener("error", ({ detail }) => careful(() => { throw detail; })());
  }
  const sound = await samples();
  spectrogram.start(state.node);
  state.speaking = true;
  parts.say.textContent = "Stop";
  parts.say.setAttribute("aria-pressed", "true");
  state.node.say(sound);
}

async function playOriginal() {
  await open();
  await hush();
  const buffer = await decode(state.context, state.sound.bytes, state.sound.name);
  const source = new AudioBufferSourceNode(state.context, { buffer });
  source.connect(state.context.destination);
  source.onended = () => state.source === source && hush();
  source.start();
  state.source = source;
  spectrogram.start(source);
  parts.original.textContent = "Stop";
  parts.original.setAttribute("aria-pressed", "true");
}

// Whatever is heard ends.
async function hush() {
  spectrogram.stop();
  const { source } = state;
  state.source = null;
  source?.stop();
  source?.disconnect();
  if (state.speaking) state.node.stop();
  state.speaking = false;
  parts.say.textContent = "Say it again";
  parts.original.textContent = "Play the recording";
  for (const button of [parts.say, parts.original]) button.setAttribute("aria-pressed", "false");
}

// The next time the voice is made anew.
async function forget() {
  await hush();
  state.node?.close();
  await state.context?.close();
  state.node = state.context = null;
}

parts.sound.addEventListener("change", careful(async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) await useSound(file.name, await file.arrayBuffer());
}));
parts.say.addEventListener("click", careful(() => (state.speaking ? hush() : speak())));
parts.original.addEventListener("click", careful(() => (state.source ? hush() : playOriginal())));
parts.precision.addEventListener("change", careful(forget));

export const say = speak;

export async function start() {
  const [model, sound] = await Promise.all([fetchBytes("voice.safetensors"), fetchBytes("speech.wav")]);
  state.sound = { name: "speech.wav", bytes: sound };
  await useModel("voice.safetensors", model);
}
