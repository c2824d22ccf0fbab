// Debian's Chromium by playwright-core, which .ci/run fetches from npm (ATROUS_PLAYWRIGHT: its node_modules), and a
// server of files.
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.env.ATROUS_PLAYWRIGHT ?? "";
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

// Why there is no browser to test in, or null.
export function missing() {
  if (!chromium) return "no Chromium";
  if (!existsSync(join(modules, "playwright-core/package.json"))) return "no playwright-core (.ci/run fetches it)";
  return null;
}

export async function launch(args = []) {
  const playwright = await import(pathToFileURL(join(modules, "playwright-core/index.mjs")));
  return playwright.chromium.launch({
    executablePath: chromium,
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream", ...args],
  });
}

const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css" };

// Serves {"/prefix/": folder}; as plain as a server can be: of WebAssembly and of sounds it knows no types.
export async function serve(folders) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const prefix = Object.keys(folders).filter((each) => path.startsWith(each)).sort((a, b) => b.length - a.length)[0];
    const file = prefix && join(folders[prefix], normalize(path.slice(prefix.length)) || "index.html");
    const found = file && existsSync(file) && (statSync(file).isDirectory() ? join(file, "index.html") : file);
    if (!found || !existsSync(found)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(found)] ?? "application/octet-stream" });
    createReadStream(found).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

export const chromiumVersion = () => execFileSync(chromium, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
