// What both halves of the page are made of.

// The elements of a section by their data-part.
export function partsOf(section) {
  const parts = {};
  for (const element of section.querySelectorAll("[data-part]")) parts[element.dataset.part] = element;
  return parts;
}

// Where the page says what went wrong; nothing hides it.
export function say(error) {
  const place = document.getElementById("message");
  place.hidden = !error;
  place.textContent = error ? String(error.message ?? error) : "";
}

// Runs what a person asks for, one thing after the other, and says what goes wrong in it.
let last = Promise.resolve();
export const careful = (work) => (...args) =>
  (last = last.then(async () => {
    try {
      say(null);
      await work(...args);
    } catch (error) {
      say(error);
    }
  }));

// What a slider stands at, for eyes and for readers of screens.
export function showValue(slider, place, text) {
  place.textContent = text;
  slider.setAttribute("aria-valuetext", text);
}

export const decibels = (level) => Math.max(-120, 20 * Math.log10(level));
export const linear = (db) => 10 ** (db / 20);

export async function fetchBytes(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

// A context at that rate, or at the machine's own where the browser will not.
export function openContext(sampleRate) {
  try {
    return new AudioContext({ sampleRate, latencyHint: "interactive" });
  } catch {
    return new AudioContext({ latencyHint: "interactive" });
  }
}

// The sound of a file at the context's rate.
export async function decode(context, bytes, name) {
  try {
    return await context.decodeAudioData(bytes.slice(0));
  } catch {
    throw new Error(`${name}: this browser cannot read it as sound`);
  }
}
