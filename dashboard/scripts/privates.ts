// Private names become plain ones. For the browsers of 2020 each would be lowered to a WeakMap, which costs bytes and time;
// that nobody else reaches in is for the type checker to see, and it has seen it. Each module counts its own, so no class
// may have private names whose parent of another module has some; none does.

import type { Plugin } from "vite";

interface Private { type: "PrivateIdentifier"; start: number; end: number; name: string }

/** The private names of a tree, as they stand there. */
function* privates(part: unknown): Generator<Private> {
  if (!part || typeof part !== "object") return;
  if ("type" in part && part.type === "PrivateIdentifier") yield part as Private;
  else for (const one of Object.values(part)) yield* privates(one);
}

export const plainPrivates: Plugin = {
  name: "plain-privates",
  apply: "build",
  enforce: "post",
  transform(code) {
    if (!/#\w/.test(code)) return null;
    const short = new Map<string, string>();
    let plain = "", done = 0;
    for (const { start, end, name } of [...privates(this.parse(code))].sort((a, b) => a.start - b.start)) {
      short.set(name, short.get(name) ?? `_${short.size.toString(36)}`);
      plain += code.slice(done, start) + short.get(name);
      done = end;
    }
    return { code: plain + code.slice(done), map: null };
  },
};
