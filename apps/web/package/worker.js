// What takes time and must not stop sound: reading models, and voices. A module worker, with an engine of its own.
import { AtrousError, Atrous } from "./engine.js";

const pieceLength = 512; // samples that go to the audio thread at a time

// A voice that says what it is given, as far ahead of what is heard as `lead` samples.
class Voice {
  constructor({ module, bytes, model, generator, lead }, player) {
    this.model = new Atrous(module).model(bytes, model);
    if (!this.model.info.generates) throw new AtrousError(`${model.name}: the model is an effect, and makes no sound of its own`, "argument");
    this.player = player;
    this.options = generator;
    this.lead = lead;
    this.turn = 0;
    player.onmessage = ({ data }) => this.heard(data);
  }

  // From the beginning, with nothing to say.
  clear({ turn, generator }) {
    this.generator?.free();
    this.extractor?.free();
    this.turn = turn;
    this.extractor = this.model.info.bins > 0 ? this.model.extractor() : null;
    this.generator = this.model.generator({ ...this.options, ...generator });
    this.made = this.played = this.busy = 0;
    this.finished = this.ended = false;
    this.player.postMessage({ type: "clear", turn });
    if (!this.extractor) this.go(); // it speaks of its own accord
  }

  append({ samples }) {
    const features = this.extractor?.append(samples);
    if (features?.frames > 0) this.generator.append(features);
    this.go();
  }
  finish() {
    const features = this.extractor?.finish();
    if (features?.frames > 0) this.generator.append(features);
    if (this.extractor) this.generator.finish();
    this.finished = true;
    this.go();
  }

  heard({ type, turn, samples }) {
    if (type !== "played" || turn !== this.turn) return;
    this.played = samples;
    this.go();
  }

  // A piece at a time, so that messages get in between.
  go() {
    if (this.going || !this.generator) return;
    this.going = true;
    setTimeout(() => {
      this.going = false;
      try {
        this.make();
      } catch (error) {
        postMessage({ type: "error", message: error.message, code: error.code });
      }
    });
  }
  make() {
    const due = this.finished && !this.extractor ? 0 : Math.min(pieceLength, this.generator.available);
    if (due > 0 && this.made - this.played < this.lead) {
      const began = performance.now();
      const samples = this.generator.fill(due);
      this.busy += performance.now() - began;
      this.made += samples.length;
      const speed = this.made / this.model.info.sampleRate / (this.busy / 1000);
      postMessage({ type: "progress", turn: this.turn, made: this.made, speed });
      this.player.postMessage({ type: "sound", samples }, [samples.buffer]);
      this.go();
    } else if (due === 0 && this.finished && !this.ended) {
      this.ended = true;
      this.player.postMessage({ type: "end" });
    }
  }
}

let voice;

// An effect at its first sample, for the audio thread; and what is known of its model.
function prepare({ module, bytes, model, effect }) {
  const made = new Atrous(module).model(bytes, model);
  const snapshot = made.effect(effect).snapshot();
  postMessage({ type: "ready", info: made.info, snapshot }, [snapshot.memory]);
}

onmessage = ({ data, ports }) => {
  try {
    if (data.type === "effect") prepare(data);
    if (data.type === "voice") {
      voice = new Voice(data, ports[0]);
      postMessage({ type: "ready", info: voice.model.info });
    }
    if (data.type === "clear") voice.clear(data);
    if (data.type === "append") voice.append(data);
    if (data.type === "finish") voice.finish();
  } catch (error) {
    postMessage({ type: "error", message: error.message, code: error.code });
  }
};
