// Makes "Gongbang Sans", the screen's font, out of Pretendard (OFL 1.1): two weights, each in two pieces by unicode-range:
// what the interface itself says (preloaded), and the rest of KS X 1001, which covers nearly every Korean name.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { rename } from "./rename.mjs";

const require = createRequire(import.meta.url);
const subset = require("subset-font");
const { convert } = require("fontverter");

const FAMILY = "Gongbang Sans";
const WEIGHTS = { 400: "Regular", 700: "Bold" };
const FEATURES = ["tnum", "kern", "ccmp", "locl", "mark"];
const SIGNS = "℃℉—–·…‘’“”「」『』〈〉×÷√≤≥≠±²³µΩ°→←↑↓≈●○";

const here = (path) => new URL(path, import.meta.url);
const source = here("../node_modules/pretendard/dist/public/variable/PretendardVariable.ttf");
const licence = here("../node_modules/pretendard/dist/LICENSE.txt");
const out = here("../.cache/fonts/");

/** The 2,350 Hangul syllables of KS X 1001: rows B0 to C8 of EUC-KR. */
function ksx1001() {
  const decoder = new TextDecoder("euc-kr");
  let text = "";
  for (let row = 0xb0; row <= 0xc8; row++) for (let cell = 0xa1; cell <= 0xfe; cell++) text += decoder.decode(Uint8Array.of(row, cell));
  return new Set(text);
}

function interfaceCharacters() {
  const latin = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)).join("");
  const catalogues = ["gateway", "center"].flatMap((part) => ["ko", "en"].map((language) => `../../${part}/words/${language}.json`));
  const words = catalogues.map((path) => readFileSync(here(path), "utf8")).join("");
  const index = ["../index.html", "../center.html"].map((path) => readFileSync(here(path), "utf8")).join("");
  return new Set([...latin(0x20, 0x7e), ...latin(0xa0, 0xff), ...SIGNS, ...words, ...index].filter((c) => c >= " "));
}

function unicodeRange(characters) {
  const points = [...characters].map((c) => c.codePointAt(0)).sort((a, b) => a - b);
  const ranges = [];
  for (const point of points) {
    const last = ranges.at(-1);
    if (last && last[1] === point - 1) last[1] = point;
    else ranges.push([point, point]);
  }
  const hex = (n) => n.toString(16);
  return ranges.map(([a, b]) => (a === b ? `U+${hex(a)}` : `U+${hex(a)}-${hex(b)}`)).join(",");
}

async function piece(font, characters, weight, copyright) {
  const options = { targetFormat: "sfnt", variationAxes: { wght: Number(weight) }, keepFeatures: FEATURES, noHinting: true };
  const named = rename(await subset(font, [...characters].join(""), options), { family: FAMILY, style: WEIGHTS[weight], copyright });
  return convert(named, "woff2");
}

async function main() {
  const ui = interfaceCharacters();
  const pieces = { interface: ui, rest: new Set([...ksx1001()].filter((c) => !ui.has(c))) };
  const recipe = [readFileSync(new URL(import.meta.url)), [...ui].sort().join("")].reduce((h, part) => h.update(part), createHash("sha256"));
  const stamp = recipe.digest("hex");
  const stampFile = new URL("stamp", out);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  mkdirSync(out, { recursive: true });
  const font = readFileSync(source);
  const copyright = readFileSync(licence, "utf8").split("\n\n")[0].replace(/\s+/g, " ").replace(/,? with Reserved Font Name.*$/, "") + " Modified: subset and renamed.";
  let css = "";
  for (const weight of Object.keys(WEIGHTS)) {
    for (const [name, characters] of Object.entries(pieces)) {
      const file = `${name}-${weight}.woff2`;
      writeFileSync(new URL(file, out), await piece(font, characters, weight, copyright));
      css += `@font-face{font-family:"${FAMILY}";font-weight:${weight};font-display:swap;src:url("./${file}") format("woff2");unicode-range:${unicodeRange(characters)}}\n`;
    }
  }
  writeFileSync(new URL("fonts.css", out), css);
  writeFileSync(stampFile, stamp);
}

await main();
