// What makes the gateway's screens installable: a manifest in each language, and the list of files that the service worker keeps.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin, Rollup } from "vite";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const LANGUAGES = ["ko", "en"] as const;
const SHORTCUTS = ["board", "scans", "alarms", "work"]; // held down, the icon offers them
const ICONS = [
  { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
  { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
  { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
  { src: "/icon-full-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
];

function manifest(language: string): string {
  const words = JSON.parse(read(`../../gateway/words/${language}.json`)) as Record<string, string>;
  const background = /--background: (#\w+)/.exec(read("../src/app.css"))?.[1];
  const shortcuts = SHORTCUTS.map((view) => ({ name: words[`nav.${view}`], url: `/#/${view}` }));
  const name = words["app.name"];
  return JSON.stringify({ id: "/", start_url: "/", scope: "/", name, short_name: name, lang: language, display: "standalone", theme_color: background, background_color: background, icons: ICONS, shortcuts });
}

/** The files without which the floor shows nothing: the page's script with what it imports, its styles, words and letters. */
function shell(bundle: Rollup.OutputBundle, page: string): string[] {
  const scripts = new Set<string>();
  const take = (file: string): void => {
    const chunk = bundle[file];
    if (chunk?.type !== "chunk" || scripts.has(file)) return;
    scripts.add(file);
    chunk.imports.forEach(take);
  };
  Object.keys(bundle).filter((file) => page.includes(`/${file}"`) || /^assets\/(ko|en)-[^/]+\.js$/.test(file)).forEach(take);
  const others = Object.keys(bundle).filter((file) => bundle[file]?.type === "asset" && page.includes(`/${file}"`));
  return [...scripts, ...others].map((file) => `/${file}`).sort();
}

export const installable: Plugin = {
  name: "installable",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const language of LANGUAGES) this.emitFile({ type: "asset", fileName: `${language}.webmanifest`, source: manifest(language) });
    const page = bundle["index.html"], worker = bundle["worker.js"];
    if (page?.type !== "asset" || worker?.type !== "chunk") throw new Error("installable: there is no page, or no worker");
    const text = page.source.toString(), build = createHash("sha256").update(text).digest("hex").slice(0, 12);
    worker.code = worker.code.replaceAll("__SHELL__", JSON.stringify(shell(bundle, text))).replaceAll("__BUILD__", JSON.stringify(build));
  },
};
