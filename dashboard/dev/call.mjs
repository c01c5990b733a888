// Calls functions of TypeScript modules of src/lib that need no browser, each line a call and each answer a line:
//   echo '["fill", "fill", [[arguments of one call], ...]]' | node dev/call.mjs   prints the list of results, or what was thrown.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { transformWithOxc } from "vite";

const modules = new Map();

async function load(module) {
  const file = new URL(`../src/lib/${module}.ts`, import.meta.url);
  const { code } = await transformWithOxc(readFileSync(file, "utf8"), file.pathname);
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [module, name, calls] = JSON.parse(line);
  try {
    if (!modules.has(module)) modules.set(module, await load(module));
    console.log(JSON.stringify(calls.map((args) => modules.get(module)[name](...args))));
  } catch (error) {
    console.log(JSON.stringify(String(error.stack)));
  }
}
