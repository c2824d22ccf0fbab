// The package's nodes in a page that knows nothing of the project: against the native program and the package in Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, serve } from "./browser.mjs";
import { esr, load, packageFolder, program, readWav, source, temporary, writeWav } from "./common.mjs";

const rate = 48000;
const dry = readWav(source("samples/guitar.wav")).samples.subarray(0, rate / 2);
const speech = readWav(source("samples/speech.wav")).samples.subarray(3000, 11000);
let server, browser, page;

before(async () => {
  const here = dirname(fileURLToPath(import.meta.url));
  server = await serve({ "/": here, "/modules/atrous/": packageFolder, "/models/": source("models") });
  browser = await launch();
  page = await browser.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(`${server.url}/stranger.html`);
  // What the tests below call: a render of `input` through a node, to which `during` happens at its time.
  await page.evaluate(() => {
    globalThis.bytesOf = async (name) => (await fetch(`/models/${name}`)).arrayBuffer();
    globalThis.render = async (input, contextRate, options, at, during) => {
      const { createEffect } = await import("atrous");
      const context = new OfflineAudioContext(1, input.length, contextRate);
      const node = await createEffect(context, await bytesOf("amp.nam"), { name: "amp.nam", ...options });
      const buffer = new AudioBuffer({ length: input.length, sampleRate: contextRate });
      buffer.copyToChannel(Float32Array.from(input), 0);
      const player = new AudioBufferSourceNode(context, { buffer });
      player.connect(node).connect(context.destination);
      player.start();
      if (at) context.suspend(at).then(() => during(node)).then(() => context.resume());
      const made = await context.startRendering();
      return { samples: [...made.getChannelData(0)], latency: node.latency, info: node.info };
    };
  });
});
after(async () => {
  await browser?.close();
  server?.close();
});

for (const simd of [true, false]) {
  test(`${simd ? "with SIMD" : "scalar"}: the worklet gives what the program gives, to 1e-9`, async () => {
    writeWav(temporary("dry.wav"), dry, rate);
    program("process", source("models/amp.nam"), temporary("dry.wav"), temporary("wet.wav"), "-q");
    const { samples, latency, info } = await page.evaluate(([input, simd]) => render(input, 48000, { simd }), [[...dry], simd]);
    assert.equal(latency, 0);
    assert.equal(info.isa, simd ? "simd128" : "reference");
    const found = esr(samples, readWav(temporary("wet.wav")).samples);
    assert.ok(found <= 1e-9, `ESR ${found}`);
  });
}

test("at another rate than the model's the worklet plays what an effect in Node plays, as late", async () => {
  const effect = (await load()).model(readFileSync(source("models/amp.nam"))).effect({ sampleRate: 44100 });
  const { samples, latency } = await page.evaluate((input) => render(input, 44100, {}), [...dry]);
  assert.equal(latency, effect.latency);
  assert.deepEqual(Float32Array.from(samples), effect.process(dry));
});

test("from wet to dry there is no click, and what is dry then is dry to the bit", async () => {
  const sine = Float32Array.from({ length: rate / 2 }, (_, t) => 0.3 * Math.sin((2 * Math.PI * 100 * t) / rate));
  const { samples } = await page.evaluate((input) =>
    render(input, 48000, {}, 0.25, (node) => { node.wet.value = 0; }), [...sine]);
  const step = (from, to) => {
    let largest = 0;
    for (let t = from + 1; t < to; ++t) largest = Math.max(largest, Math.abs(samples[t] - samples[t - 1]));
    return largest;
  };
  const wet = step(rate / 8, rate / 4 - 128), dryStep = step(rate / 2 - rate / 8, rate / 2), between = step(rate / 4 - 128, rate / 2);
  assert.ok(between <= 1.1 * Math.max(wet, dryStep), `${between}, beside ${wet} and ${dryStep}`);
  assert.notDeepEqual(samples.slice(0, 12000), [...sine.subarray(0, 12000)]);
  assert.deepEqual(samples.slice(-9600), [...sine.subarray(-9600)]);
});

test("another model takes its place while it plays", async () => {
  const { samples } = await page.evaluate((input) =>
    render(input, 48000, {}, 0.1, async (node) => {
      const taps = { version: "0.5.0", architecture: "Linear", sample_rate: 48000, config: { receptive_field: 1, bias: false }, weights: [0.5] };
      await node.setModel(new TextEncoder().encode(JSON.stringify(taps)), { name: "half.nam" });
      if (node.info.architecture !== "Linear") throw new Error(node.info.architecture);
    }), [...dry]);
  assert.ok(samples.every(Number.isFinite));
  assert.deepEqual(Float32Array.from(samples.slice(-4800)), dry.subarray(-4800).map((x) => x / 2));
});

test("what is dry stays dry while models change, those that are late too", async () => {
  const sine = Float32Array.from({ length: rate / 2 }, (_, t) => 0.3 * Math.sin((2 * Math.PI * 100 * t) / rate));
  for (const first of [1, 2]) { // times the rate: from and to models of 64 samples of latency
    const { samples } = await page.evaluate(([input, oversample]) =>
      render(input, 48000, { oversample }, 0.1, async (node) => {
        node.wet.value = 0;
        await new Promise((resolve) => setTimeout(resolve, 50));
        await node.setModel(await bytesOf("amp.nam"), { oversample: 3 - oversample });
        if (node.latency !== (oversample === 2 ? 0 : 64)) throw new Error(`${node.latency}`);
      }), [[...sine], first]);
    const late = first === 2 ? 0 : 64;
    assert.deepEqual(samples.slice(-4800), [...sine.subarray(sine.length - 4800 - late, sine.length - late)]);
    const steps = samples.slice(4801).map((x, i) => Math.abs(x - samples[4800 + i]));
    assert.ok(Math.max(...steps) < 0.02, `${Math.max(...steps)}`);
  }
});

test("what the engine refuses is thrown with its message", async () => {
  const refusal = await page.evaluate(async () => {
    const { createEffect } = await import("atrous");
    const context = new OfflineAudioContext(1, 128, 48000);
    return createEffect(context, new TextEncoder().encode("{}"), { name: "empty.nam" })
      .then(() => null, ({ name, code, message }) => ({ name, code, message }));
  });
  assert.equal(refusal.name, "AtrousError");
  assert.equal(refusal.code, "format");
  assert.match(refusal.message, /^empty\.nam: /);
});

test("a voice says what it says in Node, to the bit", async () => {
  const model = (await load()).model(readFileSync(source("models/voice.safetensors")), { precision: "int8" });
  const expected = model.generator({ seed: 7 }).generate(model.features(speech));
  const heard = await page.evaluate(async (input) => {
    const { createVoice } = await import("atrous");
    const context = new AudioContext({ sampleRate: 16000 });
    await context.audioWorklet.addModule("/recorder.js");
    const recorder = new AudioWorkletNode(context, "recorder");
    // All of it is made before any is heard, so no slow moment of the machine leaves a gap.
    const voice = await createVoice(context, await bytesOf("voice.safetensors"), { precision: "int8", seed: 7, lead: 60 });
    voice.connect(recorder).connect(context.destination);
    const samples = Float32Array.from(input);
    const ended = new Promise((resolve, reject) => {
      voice.addEventListener("ended", ({ detail }) => resolve(detail));
      voice.addEventListener("error", ({ detail }) => reject(new Error(detail.message)));
    });
    voice.begin();
    for (let at = 0; at < samples.length; at += 1000) voice.append(samples.subarray(at, at + 1000));
    voice.finish();
    const { played } = await ended;
    const pieces = await new Promise((resolve) => {
      recorder.port.onmessage = ({ data }) => resolve(data);
      recorder.port.postMessage("give");
    });
    voice.close();
    await context.close();
    return { played, samples: pieces.flatMap((piece) => [...piece]) };
  }, [...speech]);
  assert.equal(heard.played, expected.length);
  const begin = heard.samples.findIndex((x) => x !== 0) - expected.findIndex((x) => x !== 0);
  assert.deepEqual(Float32Array.from(heard.samples.slice(begin, begin + expected.length)), expected);
});

test("a voice in a context of another rate is refused, with the rate that it wants", async () => {
  const message = await page.evaluate(async () => {
    const { createVoice } = await import("atrous");
    const context = new OfflineAudioContext(1, 128, 48000);
    return createVoice(context, await bytesOf("voice.safetensors")).then(() => "", (error) => error.message);
  });
  assert.match(message, /16000/);
});
