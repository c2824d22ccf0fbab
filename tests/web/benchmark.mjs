// How fast the package is in Chromium: an effect in one worklet and, where npm has fetched it, @opendaw/nam-wasm in the same
// page, in turns; and the shipped voice in a worker's place. The best of several renders, as multiples of real time.
// Usage: node tests/web/benchmark.mjs [MODEL.nam...], with the environment of the tests (tests/web/CMakeLists.txt)
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumVersion, launch, missing, serve } from "./browser.mjs";
import { packageFolder, source } from "./common.mjs";

if (missing()) throw new Error(missing());
const models = process.argv.slice(2);
if (models.length === 0) models.push(source("models/amp.nam"));
const rival = join(process.env.ATROUS_PLAYWRIGHT, "@opendaw/nam-wasm/dist");

const server = await serve({ "/": dirname(fileURLToPath(import.meta.url)), "/modules/atrous/": packageFolder, "/modules/nam/": rival,
  "/models/": source("models") });
const browser = await launch();
const page = await browser.newPage();
await page.goto(`${server.url}/stranger.html`);
await page.evaluate(() => {
  const seconds = 10, rounds = 7;

  // A context that renders noise through the node that `make` gives.
  globalThis.speed = async (make) => {
    const context = new OfflineAudioContext(1, seconds * 48000, 48000);
    const buffer = new AudioBuffer({ length: context.length, sampleRate: 48000 });
    const samples = buffer.getChannelData(0);
    for (let t = 0; t < samples.length; ++t) samples[t] = 0.3 * (Math.random() - Math.random());
    const player = new AudioBufferSourceNode(context, { buffer });
    player.connect(await make(context)).connect(context.destination);
    player.start();
    const began = performance.now();
    await context.startRendering();
    return (1000 * seconds) / (performance.now() - began);
  };
  const ours = (bytes, simd) => async (context) => (await import("atrous")).createEffect(context, bytes, { simd });
  let compiled;
  const theirs = (text) => async (context) => {
    await context.audioWorklet.addModule("/rival.js");
    compiled ??= await WebAssembly.compile(await (await fetch("/modules/nam/nam.wasm")).arrayBuffer());
    const node = new AudioWorkletNode(context, "rival", { processorOptions: { compiled, model: text } });
    const answer = await new Promise((resolve) => {
      node.port.onmessage = ({ data }) => resolve(data);
      node.onprocessorerror = (event) => resolve(event.message);
    });
    if (answer !== true) throw new Error(`nam-wasm: ${answer}`);
    return node;
  };
  globalThis.compareEffects = async (text, withRival) => {
    const bytes = new TextEncoder().encode(text);
    const kinds = { simd: ours(bytes, true), scalar: ours(bytes, false), ...(withRival && { rival: theirs(text) }) };
    const best = {};
    for (let round = 0; round < rounds; ++round) {
      for (const [kind, make] of Object.entries(kinds)) {
        if (kind === "scalar" && round > 1) continue;
        best[kind] = Math.max(best[kind] ?? 0, await speed(make));
      }
    }
    return best;
  };
  // As the worker makes it: in pieces of 512 samples.
  globalThis.voices = async () => {
    const { load } = await import("atrous");
    const bytes = await (await fetch("/models/voice.safetensors")).arrayBuffer();
    const result = {};
    for (const precision of ["f32", "bf16", "int8"]) {
      const model = (await load()).model(bytes, { precision });
      const generator = model.generator({ seed: 1 });
      const sound = Float32Array.from({ length: 80000 }, (_, t) => 0.2 * Math.sin(0.05 * t) + 0.05 * (Math.random() - 0.5));
      generator.append(model.features(sound));
      for (let warm = 0; warm < 16; ++warm) generator.fill(512);
      const began = performance.now();
      let made = 0;
      while (generator.available >= 512) made += generator.fill(512).length;
      result[precision] = made / 16 / (performance.now() - began);
    }
    return result;
  };
});

console.log(chromiumVersion());
const times = (value) => (value === undefined ? "-" : `${value.toFixed(1)} ×`);
for (const model of models) {
  const best = await page.evaluate(([text, withRival]) => compareEffects(text, withRival), [readFileSync(model, "utf8"), existsSync(rival)]);
  console.log(`${basename(model)}: ${times(best.simd)} real time, scalar ${times(best.scalar)}, nam-wasm ${times(best.rival)}` +
    (best.rival ? `, ${(best.simd / best.rival).toFixed(2)} as fast` : ""));
}
const voices = await page.evaluate(() => globalThis.voices());
console.log(`voice.safetensors: ${Object.entries(voices).map(([precision, speed]) => `${precision} ${times(speed)}`).join(", ")} real time`);
await browser.close();
server.close();
