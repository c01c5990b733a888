// Calls one function of a TypeScript module of src/lib that needs no browser:
//   node dev/call.mjs fill fill < [[arguments of one call], ...]   prints the list of results.

import { readFileSync } from "node:fs";
import { transformWithOxc } from "vite";

const [module, name] = process.argv.slice(2);
const file = new URL(`../src/lib/${module}.ts`, import.meta.url);
const { code } = await transformWithOxc(readFileSync(file, "utf8"), file.pathname);
const exported = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const calls = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(calls.map((args) => exported[name](...args))));
