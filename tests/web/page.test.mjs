// The page that shows the package, as a person uses it: in a large and in a small window, by mouse, keyboard and drops.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { launch, serve } from "./browser.mjs";
import { source, temporary } from "./common.mjs";

let server, browser, page, requests, complaints;

before(async () => {
  server = await serve({ "/": process.env.ATROUS_WEB_DEMO });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
});

async function open(width, height, options = {}) {
  await page?.close();
  page = await browser.newPage({ viewport: { width, height }, ...options });
  requests = [], complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(`${server.url}/`);
  await page.waitForSelector("body[data-ready]");
}
beforeEach(() => open(1280, 900));

const part = (half, name) => page.locator(`#${half} [data-part="${name}"]`);
const level = (name) => part("amplifier", name).evaluate((meter) => meter.value);
const until = async (what, condition, seconds = 20) => {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (await condition()) return;
  }
  assert.fail(`${what}: not within ${seconds} s; the page says “${await page.locator("#message").textContent()}” ${complaints}`);
};
// How much of a spectrogram is brighter than black.
const bright = (half) => part(half, "spectrogram").evaluate((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += data[i] + data[i + 1] + data[i + 2] > 150 ? 1 : 0;
  return count / (data.length / 4);
});

test("plays the guitar through the amplifier, with meters and a spectrogram, and nothing leaves the machine", async () => {
  await part("amplifier", "play").click();
  await until("levels", async () => (await level("level-in")) > -40 && (await level("level-out")) > -40);
  await until("a spectrogram", async () => (await bright("amplifier")) > 0.05);
  await until("a load", async () => /% of real time, with SIMD/.test(await part("amplifier", "load").textContent()));
  await part("amplifier", "wet").uncheck();
  await until("the dry signal", async () => Math.abs((await level("level-out")) - (await level("level-in"))) < 0.01);
  await part("amplifier", "play").click();
  await until("silence", async () => (await part("amplifier", "play").textContent()) === "Play");
  assert.ok(requests.every((url) => url.startsWith(server.url) || url.startsWith("data:")), requests.join(" "));
  assert.deepEqual(complaints, []);
});

test("the voice says its recording again, and stops by itself", async () => {
  await part("voice", "say").click();
  await until("progress", async () => /s made, at [\d.]+ × real time, bf16/.test(await part("voice", "progress").textContent()));
  await until("a spectrogram", async () => (await bright("voice")) > 0.02);
  const reads = (name, text) => until(text, async () => (await part("voice", name).textContent()) === text, 40);
  await reads("say", "Say it again"); // at its end
  await part("voice", "original").click();
  await reads("original", "Stop");
  await part("voice", "say").click(); // one silences the other
  await reads("original", "Play the recording");
  await reads("say", "Stop");
  await part("voice", "say").click();
  await reads("say", "Say it again");
  assert.deepEqual(complaints, []);
});

test("a bad file shows the engine's message, and what played plays on", async () => {
  await part("amplifier", "play").click();
  writeFileSync(temporary("bad.nam"), readFileSync(source("models/amp.nam")).subarray(0, 9000));
  await part("amplifier", "model").setInputFiles(temporary("bad.nam"));
  await until("a message", () => page.locator("#message").isVisible());
  assert.match(await page.locator("#message").textContent(), /^bad\.nam: /);
  assert.match(await part("amplifier", "facts").textContent(), /^amp\.nam/);
  await until("levels", async () => (await level("level-out")) > -40);
  writeFileSync(temporary("bad.wav"), "no sound");
  await part("amplifier", "sound").setInputFiles(temporary("bad.wav"));
  await until("a message", async () => /^bad\.wav: /.test(await page.locator("#message").textContent()));
  await part("amplifier", "model").setInputFiles(source("models/amp.nam"));
  await until("no message", () => page.locator("#message").isHidden());
});

test("other models and sounds, of other rates too, take their places while it plays", async (t) => {
  await part("amplifier", "play").click();
  const half = { version: "0.5.0", architecture: "Linear", sample_rate: 44100, config: { receptive_field: 1, bias: false }, weights: [0.5] };
  writeFileSync(temporary("half.nam"), JSON.stringify(half));
  await part("amplifier", "model").setInputFiles(temporary("half.nam"));
  await until("its facts", async () => /^half\.nam: Linear.*44\.1\skHz/.test(await part("amplifier", "facts").textContent()));
  await until("half the level", async () => {
    const [into, out] = [await level("level-in"), await level("level-out")];
    return into > -40 && Math.abs(into - out - 6.02) < 0.1;
  });
  await part("amplifier", "sound").setInputFiles(source("samples/speech.wav"));
  await until("its name", async () => /speech\.wav/.test(await part("amplifier", "source").textContent()));
  const knobs = join(process.env.ATROUS_GOLDEN_DIR, "parametric");
  if (!existsSync(knobs)) return t.diagnostic("no golden folder: knobs are not tried");
  await part("amplifier", "model").setInputFiles(join(knobs, "crafted_concat_wavenet.nam"));
  const slider = part("amplifier", "knobs").getByRole("slider", { name: /^Voice/ });
  await until("a knob", () => slider.isVisible());
  await slider.press("ArrowRight");
  assert.match(await part("amplifier", "knobs").textContent(), /Gain 5\.00Voice Lead/);
});

test("the microphone goes through the amplifier too", async () => {
  await part("amplifier", "microphone").click(); // Chromium's own beeps
  await until("the microphone", async () => (await part("amplifier", "microphone").getAttribute("aria-pressed")) === "true");
  await until("levels", async () => (await level("level-in")) > -60);
  await part("amplifier", "play").click();
  await until("its end", async () => (await part("amplifier", "microphone").getAttribute("aria-pressed")) === "false");
});

test("what is dropped goes where it belongs", async () => {
  const drop = (selector, name, bytes) => page.evaluate(([where, label, values]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(values)], label));
    document.querySelector(where).dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, [selector, name, [...bytes]]);
  await drop("footer", "other.nam", readFileSync(source("models/amp.nam")));
  await until("the model", async () => /^other\.nam/.test(await part("amplifier", "facts").textContent()));
  await drop("#voice", "said.wav", readFileSync(source("samples/speech.wav")));
  await until("the voice", async () => /s made/.test(await part("voice", "progress").textContent()));
  assert.match(await part("voice", "source").textContent(), /said\.wav/);
  await drop("#amplifier", "riff.wav", readFileSync(source("samples/guitar.wav")));
  await until("the sound", async () => /riff\.wav/.test(await part("amplifier", "source").textContent()));
});

test("every control is reached and worked by keys", async () => {
  const reached = [];
  for (let i = 0; i < 30; ++i) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => document.activeElement?.dataset?.part ?? "");
    if (name === "" || (reached.length > 2 && name === reached[0])) break;
    reached.push(name);
    if (name === "play" || name === "wet") await page.keyboard.press("Space");
    if (name === "input") await page.keyboard.press("ArrowRight");
  }
  assert.deepEqual(reached, ["model", "sound", "microphone", "play", "wet", "input", "output", "sound", "original", "say", "precision"]);
  await until("it plays", async () => (await part("amplifier", "play").textContent()) === "Stop");
  assert.equal(await part("amplifier", "wet").isChecked(), false);
  assert.equal(await part("amplifier", "input-value").textContent(), "0.5 dB");
  const nameless = await page.locator("button, input, select, meter, canvas").evaluateAll((all) => all.filter((each) =>
    !(each.labels?.length > 0 || each.textContent.trim() || each.getAttribute("aria-label") || each.getAttribute("aria-labelledby"))).map((each) => each.outerHTML));
  assert.deepEqual(nameless, []);
});

test("on a phone nothing is cut off, and what is pressed is as large as a thumb", async () => {
  await open(320, 640, { hasTouch: true, isMobile: true });
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
  const heights = await page.locator("button, .button, select, .switch").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
  assert.ok(heights.every((height) => height >= 44), heights.join(" "));
  await part("amplifier", "play").tap();
  await until("levels", async () => (await level("level-out")) > -40);
});
