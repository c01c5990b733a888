import type { Answer, Scan } from "./types";
import { pick, t } from "./words.svelte";

type Face = { shape: "ok" | "warning" | "no" | "info"; tone: "good" | "twice" | "bad" | "plain" };

const GOOD: Face = { shape: "ok", tone: "good" };
const TWICE: Face = { shape: "warning", tone: "twice" };
const BAD: Face = { shape: "no", tone: "bad" };
const PLAIN: Face = { shape: "info", tone: "plain" };
const FACES: Record<Answer, Face> = {
  accepted: GOOD, duplicate: TWICE, wrong_order: BAD, unknown: BAD, failed: BAD, badge_first: TWICE, badge: PLAIN, command: PLAIN,
};

/** How an answer looks. Green means committed, and nothing else does. */
export const face = (answer: Answer): Face => FACES[answer] ?? PLAIN;

/** The answer's text without the word that already stands above it ("등록 — 묶음 0231" under "등록"). */
export function detail(scan: Scan): string {
  const text = pick(scan.answer_text), word = t(`answer.${scan.answer}`);
  const stands = text.startsWith(word) && !/^\p{L}/u.test(text.slice(word.length)); // not "이미 등록한 표예요."
  const rest = stands ? text.slice(word.length).replace(/^\s*[—:;,]?\s*/, "") : text;
  return !rest || /^\d/.test(rest) ? text : rest[0]!.toUpperCase() + rest.slice(1); // "Badge 102: …" stays whole
}
