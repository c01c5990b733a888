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

/** How an answer looks. Green means committed, and nothing else does. A command may be refused, or have been done before. */
export function face(answer: Answer, tone?: Scan["tone"]): Face {
  if (answer === "command" && tone === "refused") return BAD;
  return answer === "command" && tone === "duplicate" ? TWICE : (FACES[answer] ?? PLAIN);
}

/** What is asked, for the large word. */
function about({ what, about }: NonNullable<Scan["asks"]>): "ticket" | "pieces" | "what" | "who" {
  if (what === "leave" || (what === "handover" && (about.bundles as unknown[]).length)) return "who";
  if (what === "job_quantity" || ("bundle" in about && (what === "split" || what === "short"))) return "pieces";
  return ["job", "lot", "machine", "takeover"].includes(what) ? "what" : "ticket";
}

const HEAD = /^(.{1,18}?)(?: — |: )/; // "되돌림 — 묶음 0231 ...", "Undone: bundle 0231 ..."

/** The answer in a word or two: what is asked, what a command did, or the answer's own word. */
export function word(scan: Scan): string {
  if (scan.asks && scan.tone !== "refused") return t(`asks.${about(scan.asks)}`);
  if (scan.answer === "command" && scan.tone === "refused") return t("answer.refused");
  if (scan.answer === "command" && scan.tone === "duplicate") return t("answer.again");
  return (scan.answer === "command" && HEAD.exec(pick(scan.answer_text))?.[1]) || t(`answer.${scan.answer}`);
}

/** The answer's text without the word that already stands above it ("등록 — 묶음 0231" under "등록"). */
export function detail(scan: Scan): string {
  const text = pick(scan.answer_text), above = word(scan);
  const stands = text.startsWith(above) && !/^\p{L}/u.test(text.slice(above.length)); // not "이미 등록한 표예요."
  const rest = stands ? text.slice(above.length).replace(/^\s*[—:;,]?\s*/, "") : text;
  return !rest || /^\d/.test(rest) ? text : rest[0]!.toUpperCase() + rest.slice(1); // "Badge 102: …" stays whole
}
