// WebAssembly cannot flush denormals, so none may come about: what follows a sound, be it a tail that decays, numbers
// that hardly are any, or silence, costs no more than the sound itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./common.mjs";

const wave = (count, scale) => Array.from({ length: count }, (_, i) => scale * Math.sin(1.7 * i + 1));
const nam = (architecture, config, weights) =>
  Buffer.from(JSON.stringify({ version: "0.5.4", architecture, sample_rate: 48000, config, weights }));

// None has a bias that would keep its values from zero. The cells forget a ten-thousandth of what they know at a step.
const cells = 8;
const models = {
  Linear: nam("Linear", { receptive_field: 64, bias: false }, wave(64, 0.2)),
  "Linear by FFT": nam("Linear", { receptive_field: 2048, bias: false }, wave(2048, 0.02)),
  LSTM: nam("LSTM", { input_size: 1, hidden_size: cells, num_layers: 1 }, [
    ...wave(4 * cells * (cells + 1), 0.05), ...Array.from({ length: 4 * cells }, (_, i) => (i >= cells && i < 2 * cells ? 9 : 0)),
    ...Array(2 * cells).fill(0), ...wave(cells, 1), 0]),
  WaveNet: nam("WaveNet", {
    layers: [{ input_size: 1, condition_size: 1, head_size: 1, channels: 4, kernel_size: 3, dilations: [1, 2, 4, 8, 16],
      activation: "Tanh", gated: false, head_bias: false }],
    head: null, head_scale: 1,
  }, [...wave(4, 0.5), ...Array.from({ length: 5 }, () =>
    [...wave(48, 0.3), 0, 0, 0, 0, ...wave(4, 0.3), ...wave(16, 0.3), 0, 0, 0, 0]).flat(), ...wave(4, 0.5), 1]),
};

const frames = 4800;
const sine = (level) => Float32Array.from({ length: frames }, (_, t) => level * Math.sin(0.3 * t + 1));
const decay = Float32Array.from({ length: frames }, (_, t) => 1e-30 * Math.sin(0.3 * t + 1) * Math.exp(-t / 200));
const kinds = { decay, denormals: sine(1e-40), silence: sine(0) };

for (const simd of [true, false]) {
  for (const [name, bytes] of Object.entries(models)) {
    test(`${simd ? "with SIMD" : "scalar"}: ${name} takes no longer over a tail than over a sound`, async () => {
      const effect = (await load({ simd })).model(bytes, { name }).effect({ rest: false });
      const timed = (sound) => {
        const began = performance.now();
        effect.process(sound);
        return performance.now() - began;
      };
      const best = { sound: Infinity, decay: Infinity, denormals: Infinity, silence: Infinity };
      for (let round = 0; round < 3; ++round) {
        for (let i = 0; i < 8; ++i) best.sound = Math.min(best.sound, timed(sine(0.3)));
        for (const [kind, sound] of Object.entries(kinds)) {
          for (let i = 0; i < (name === "LSTM" && kind === "decay" ? 250 : 2); ++i) timed(sound); // until the state is small
          for (let i = 0; i < 8; ++i) best[kind] = Math.min(best[kind], timed(sound));
        }
      }
      for (const kind of Object.keys(kinds)) {
        assert.ok(best[kind] < 1.35 * best.sound, `${kind}: ${best[kind].toFixed(3)} ms, a sound ${best.sound.toFixed(3)} ms`);
      }
    });
  }
}
