// The package from Node: its two modules against the native program, against themselves cut up, and against bad files.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { AtrousError, Runner, compile, esr, hasSimd, load, noise, packageFolder, program, readWav, source, temporary,
  writeWav } from "./common.mjs";

const amp = readFileSync(source("models/amp.nam")), voice = readFileSync(source("models/voice.safetensors"));
const guitar = readWav(source("samples/guitar.wav")), speech = readWav(source("samples/speech.wav"));
const both = [true, false];

test("modules are at most 500 kB when gzipped, and this Node runs the one with SIMD", () => {
  for (const name of ["simd", "scalar"]) {
    const bytes = gzipSync(readFileSync(join(packageFolder, `${name}.wasm`)), { level: 9 }).length;
    assert.ok(bytes <= 500_000, `${name}.wasm: ${bytes} bytes`);
  }
  assert.equal(hasSimd(), true);
});

test("the version is that of the package, and of the program", async () => {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json")));
  assert.equal((await load()).version, version);
  assert.match(program("--version"), new RegExp(`${version.replaceAll(".", "\\.")}`));
});

for (const simd of both) {
  const kind = simd ? "with SIMD" : "scalar";
  const isa = simd ? "simd128" : "reference";

  test(`${kind}: an effect gives what the program gives, to 1e-9`, async () => {
    const model = (await load({ simd })).model(amp, { name: "amp.nam" });
    assert.equal(model.info.isa, isa);
    assert.equal(model.info.sampleRate, 48000);
    const dry = guitar.samples.subarray(0, 24000);
    writeWav(temporary("dry.wav"), dry, 48000);
    program("process", source("models/amp.nam"), temporary("dry.wav"), temporary("wet.wav"), "-q");
    const found = esr(model.effect().process(dry), readWav(temporary("wet.wav")).samples);
    assert.ok(found <= 1e-9, `ESR ${found}`);
  });

  test(`${kind}: golden cases of other runtimes, to 1e-9`, async (t) => {
    const folder = process.env.ATROUS_GOLDEN_DIR;
    if (!existsSync(folder)) return t.skip("no golden folder");
    const atrous = await load({ simd });
    for (const kinds of ["nam", "guitarml"]) {
      const cases = readdirSync(join(folder, kinds)).filter((name) => /\.(nam|json)$/.test(name));
      assert.ok(cases.length > 0, kinds);
      for (const name of cases) {
        const bytes = readFileSync(join(folder, kinds, name.replace(/\.(nam|json)$/, ".bin")));
        const count = Math.min(bytes.readUInt32LE(0), 6000), whole = bytes.readUInt32LE(0);
        const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 4, bytes.byteOffset + bytes.length));
        const model = atrous.model(readFileSync(join(folder, kinds, name)), { name });
        const found = esr(model.effect({ ceiling: 1e30 }).process(floats.subarray(0, count)), floats.subarray(whole, whole + count));
        assert.ok(found <= 1e-9, `${name}: ESR ${found}`);
        model.free();
      }
    }
  });

  test(`${kind}: cuts change nothing, and a reset begins anew`, async () => {
    const effect = (await load({ simd })).model(amp).effect();
    const dry = noise(3000, 7);
    const whole = effect.process(dry);
    effect.reset();
    const pieces = [];
    for (let at = 0, n = 1; at < dry.length; at += n, n = (n * 7 + 3) % 400) pieces.push(...effect.process(dry.subarray(at, at + n)));
    assert.deepEqual(Float32Array.from(pieces), whole);
  });

  test(`${kind}: a runner made of a snapshot plays the effect's bits, and leaves it alone`, async () => {
    const model = (await load({ simd })).model(amp);
    const effect = model.effect({ channels: 2 });
    const runner = new Runner(await compile({ simd }), effect.snapshot());
    const dry = [noise(1000, 1), noise(1000, 2)], wet = [new Float32Array(1000), new Float32Array(1000)];
    runner.process(dry, wet, 1000);
    assert.deepEqual(effect.process(dry), wet);
  });

  test(`${kind}: features and voices`, async () => {
    const model = (await load({ simd })).model(voice, { name: "voice", precision: "int8" });
    const sound = speech.samples.subarray(3000, 9000);
    const extractor = model.extractor();
    const whole = model.features(sound);
    assert.equal(whole.bins, 80);
    const values = [];
    for (let at = 0; at < sound.length; at += 700) values.push(...extractor.append(sound.subarray(at, at + 700)).values);
    values.push(...extractor.finish().values);
    assert.deepEqual(Float32Array.from(values), whole.values);

    const generator = model.generator({ seed: 3 });
    const said = generator.generate(whole);
    assert.ok(said.length >= sound.length, `${said.length}`);
    assert.ok(said.every(Number.isFinite) && said.some((x) => Math.abs(x) > 0.01));
    const again = model.generator({ seed: 3 });
    again.append(whole);
    again.finish();
    const pieces = [];
    for (let piece; (piece = again.fill(333)).length > 0;) pieces.push(...piece);
    assert.deepEqual(Float32Array.from(pieces), said);
    assert.notDeepEqual(model.generator({ seed: 4 }).generate(whole), said);
  });
}

test("features are those of the program, to 1e-4", async () => {
  writeWav(temporary("said.wav"), speech.samples, speech.rate);
  const model = (await load()).model(voice);
  program("mel", temporary("said.wav"), temporary("said.npy"), "--like", source("models/voice.safetensors"), "-q");
  const file = readFileSync(temporary("said.npy"));
  const begin = 10 + file.readUInt16LE(8);
  const expected = new Float32Array(file.buffer.slice(file.byteOffset + begin, file.byteOffset + file.length));
  const { values } = model.features(speech.samples, speech.rate);
  assert.equal(values.length, expected.length);
  const largest = values.reduce((most, value, i) => (Math.abs(value - expected[i]) <= most ? most : Math.abs(value - expected[i])), 0);
  assert.ok(largest <= 1e-4, `${largest}`);
});

test("a voice says what the program says, sample by sample where it draws nothing", async () => {
  const model = (await load()).model(voice, { precision: "int8" });
  const generator = model.generator({ greedy: true });
  writeWav(temporary("said.wav"), speech.samples, speech.rate);
  program("generate", source("models/voice.safetensors"), temporary("copy.wav"), "--from", temporary("said.wav"), "--greedy",
    "--precision", "int8", "--isa", "sse2", "-q");
  const copy = readWav(temporary("copy.wav")).samples;
  generator.append(model.features(speech.samples));
  const made = generator.fill(4000);
  assert.ok(esr(made, copy.subarray(0, 4000)) < 1e-3, `ESR ${esr(made, copy.subarray(0, 4000))}`);
});

test("at other rates than the model's, the effect is as late as it says", async () => {
  const model = (await load()).model(amp);
  const effect = model.effect({ sampleRate: 44100 });
  assert.ok(effect.latency > 20 && effect.latency < 200, `${effect.latency}`);
  const dry = Float32Array.from({ length: 8820 }, (_, t) => 0.01 * Math.sin((2 * Math.PI * 200 * t) / 44100));
  writeWav(temporary("sine.wav"), dry, 44100);
  program("process", source("models/amp.nam"), temporary("sine.wav"), temporary("wet.wav"), "-q");
  const wet = effect.process(dry).subarray(effect.latency + 2000), right = readWav(temporary("wet.wav")).samples;
  const found = esr(wet, right.subarray(2000, 2000 + wet.length));
  assert.ok(found < 1e-3, `ESR ${found}`);
});

test("knobs, loudness and warnings are those of the file", async () => {
  const model = (await load()).model(amp);
  assert.deepEqual(model.info.knobs, []);
  assert.ok(Math.abs(20 * Math.log10(model.loudnessGain()) - (-18 - model.info.loudnessDb)) < 1e-9);
  assert.throws(() => model.inputGain(12), { name: "AtrousError", code: "argument" });
  assert.throws(() => model.effect().setKnob("gain", 1), { code: "argument", message: /the model has none/ });
});

test("an oversampled effect is as late as its filters", async () => {
  const model = (await load()).model(amp);
  assert.equal(model.effect({ oversample: 2 }).latency, 64);
  const { latency } = model.effect({ oversample: 2, oversamplePhase: "minimum" });
  assert.ok(latency >= 3 && latency <= 5, `${latency}`);
  assert.throws(() => model.effect({ oversample: 2, oversamplePhase: "none" }), { code: "argument" });
});

test("bad files and bad arguments are refused by the engine's own messages", async () => {
  const atrous = await load();
  const cases = [
    [() => atrous.model(Buffer.from("{}"), { name: "empty.nam" }), "format", /^empty\.nam: /],
    [() => atrous.model(amp.subarray(0, 5000), { name: "cut.nam" }), "format", /^cut\.nam: /],
    [() => atrous.model(new Uint8Array(0)), "format", /^model: /],
    [() => atrous.model("amp.nam"), "argument", /ArrayBuffer/],
    [() => atrous.model(amp).effect({ oversample: 3 }), "argument", /oversample is 3/],
    [() => atrous.model(amp).effect({ sampleRate: 1 }), "argument", /resample/],
    [() => atrous.model(voice).effect(), "argument", /generates/],
    [() => atrous.model(amp).generator(), "argument", /./],
    [() => atrous.model(voice, { precision: "f16" }), "argument", /f16/],
    [() => atrous.model(voice).generator({ seed: -1 }), "argument", /seed is -1/],
  ];
  for (const [work, code, message] of cases) assert.throws(work, (error) => {
    assert.ok(error instanceof AtrousError, `${error.stack}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
  const dry = noise(100, 1);
  assert.equal(atrous.model(amp).effect().process(dry).length, 100); // the engine is none the worse
});

test("memory is given back: a hundred models later there is not much more of it", async () => {
  const atrous = await load();
  const once = () => {
    const model = atrous.model(amp);
    model.effect().free();
    model.free();
  };
  once();
  const before = atrous.buffer.byteLength;
  for (let i = 0; i < 100; ++i) once();
  assert.ok(atrous.buffer.byteLength <= before + (1 << 20), `${before} -> ${atrous.buffer.byteLength}`);
});
