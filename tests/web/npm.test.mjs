// The package as strangers get it: packed, installed into an empty project, used from Node and read by TypeScript.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageFolder, source, temporary } from "./common.mjs";

const project = temporary("project");
const inProject = (command, ...args) => execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const npm = (...args) => inProject("npm", ...args, "--offline", "--no-audit", "--no-fund", "--cache", temporary("cache"));
const missing = (command) => spawnSync(command, ["--version"]).error !== undefined;

test("npm packs it, installs it into an empty project, and Node plays through it", { skip: missing("npm") && "no npm" }, () => {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const [packed] = JSON.parse(npm("pack", packageFolder, "--json"));
  assert.deepEqual(packed.files.map((file) => file.path).sort(), readdirSync(packageFolder).sort());
  npm("install", `./${packed.filename}`);
  writeFileSync(join(project, "play.js"), `
    import { readFile } from "node:fs/promises";
    import { AtrousError, load } from "atrous";
    const atrous = await load();
    const model = atrous.model(await readFile(process.argv[2]), { name: "amp.nam" });
    const wet = model.effect().process(new Float32Array(1000).fill(0.1));
    try {
      atrous.model(new Uint8Array(3), { name: "bad.nam" });
    } catch (error) {
      if (!(error instanceof AtrousError)) throw error;
      console.log(model.info.architecture, wet.length, wet.every(Number.isFinite), error.code);
    }`);
  assert.equal(inProject("node", "play.js", source("models/amp.nam")).trim(), "WaveNet 1000 true format");
});

test("TypeScript knows its types, and refuses what is not there", { skip: missing("tsc") && "no tsc (node-typescript)" }, () => {
  writeFileSync(join(project, "use.ts"), `
    import { type EffectNode, type Levels, type ModelInfo, createEffect, createVoice, inspect, load } from "atrous";
    export async function use(context: AudioContext, bytes: ArrayBuffer): Promise<ModelInfo> {
      const node: EffectNode = await createEffect(context, bytes, { name: "amp.nam", knobs: { gain: 0.5 }, oversample: 2 });
      node.wet.value = 0.5;
      node.addEventListener("levels", (event) => console.log((event as CustomEvent<Levels>).detail.load.toFixed(2)));
      node.connect(context.destination);
      const voice = await createVoice(context, bytes, { precision: "int8", seed: 1 });
      voice.say(new Float32Array(100));
      const model = (await load({ simd: false })).model(bytes);
      const [left, right] = model.effect({ channels: 2 }).process([new Float32Array(1), new Float32Array(1)]);
      const made: Float32Array = model.generator().generate(model.features(left!));
      console.log(right!.length, made.length, model.info.knobs[0]?.positions);
      return inspect(bytes);
    }
    // @ts-expect-error
    export const wrong = (await load()).model(3);
    // @ts-expect-error
    export const none = createVoice(new AudioContext(), new ArrayBuffer(1), { precision: "f16" });`);
  const checked = spawnSync("tsc", ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "node16",
    "--moduleResolution", "node16", "--lib", "es2022,dom", "use.ts"], { cwd: project, encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});
