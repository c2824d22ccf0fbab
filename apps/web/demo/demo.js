// The page: its two halves, and what is dropped on it.
import { inspect } from "./atrous/atrous.js";
import * as amplifier from "./amplifier.js";
import { careful } from "./parts.js";
import * as voice from "./voice.js";

const voiceSection = document.getElementById("voice");

async function take(file, onVoice) {
  const bytes = await file.arrayBuffer();
  if (amplifier.isModel(file.name)) {
    const { generates } = await inspect(bytes, { name: file.name });
    return (generates ? voice : amplifier).useModel(file.name, bytes);
  }
  if (!onVoice) return amplifier.useSound(file.name, bytes);
  await voice.useSound(file.name, bytes);
  return voice.say();
}

// Files over the page: which half would take them shows.
function target(event) {
  const over = event && voiceSection.contains(event.target) ? voiceSection : null;
  document.body.classList.toggle("dragging", Boolean(event));
  voiceSection.classList.toggle("target", Boolean(event && over));
  document.getElementById("amplifier").classList.toggle("target", Boolean(event && !over));
}
addEventListener("dragover", (event) => {
  event.preventDefault();
  target(event);
});
addEventListener("dragleave", (event) => !event.relatedTarget && target(null));
addEventListener("drop", careful(async (event) => {
  event.preventDefault();
  target(null);
  const onVoice = voiceSection.contains(event.target);
  for (const file of [...event.dataTransfer.files]) await take(file, onVoice);
}));

await careful(async () => {
  await amplifier.start();
  await voice.start();
  document.body.dataset.ready = "true";
})();
