// What the tests of the package for browsers share. ATROUS_WEB_PACKAGE is the folder of the package, ATROUS_PROGRAM the
// program of the native build.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const packageFolder = process.env.ATROUS_WEB_PACKAGE;
export const source = (path) => join(process.env.ATROUS_SOURCE_DIR, path);
export const { AtrousError, Runner, compile, hasSimd, load } = await import(pathToFileURL(join(packageFolder, "engine.js")));

const folder = mkdtempSync(join(tmpdir(), "atrous-web-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

export const temporary = (name) => join(folder, name);
export const program = (...args) => execFileSync(process.env.ATROUS_PROGRAM, args, { encoding: "utf8" });

// A WAV of 32-bit floats or 16-bit numbers, one channel -> {samples, rate}.
export function readWav(path) {
  const bytes = readFileSync(path);
  const chunks = {};
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    chunks[bytes.toString("latin1", at, at + 4)] = bytes.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  const width = chunks["fmt "].readUInt16LE(14) / 8;
  const samples = Float32Array.from({ length: chunks.data.length / width }, (_, i) =>
    width === 4 ? chunks.data.readFloatLE(4 * i) : chunks.data.readInt16LE(2 * i) / 32768);
  return { samples, rate: chunks["fmt "].readUInt32LE(4) };
}

export function writeWav(path, samples, rate) {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + 4 * samples.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(4 * rate, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(4 * samples.length, 40);
  writeFileSync(path, Buffer.concat([head, Buffer.from(samples.buffer, samples.byteOffset, 4 * samples.length)]));
}

// The error-to-signal ratio, which no NaN gets past: it is Infinity where the sounds are of different lengths or not finite.
export function esr(made, expected) {
  let error = 0, power = 0;
  for (let i = 0; i < expected.length; ++i) {
    error += (made[i] - expected[i]) ** 2;
    power += expected[i] ** 2;
  }
  return made.length === expected.length && Number.isFinite(error) && power > 0 ? error / power : Infinity;
}

export function noise(count, seed, level = 0.3) {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13, state ^= state >>> 17, state ^= state << 5;
    return level * (state / 2 ** 31);
  });
}
