import type { Key } from "./words.svelte";

const KNOWN = [0, 1, 2, 16, 17, 18, 19, 20, 255] as const;

/** The word for a quality byte; a number that is not known is a bad one without a name. */
export function qualityWord(quality: number): Key {
  const known = KNOWN.find((code) => code === quality);
  return known === undefined ? "quality.bad" : `quality.${known}`;
}
