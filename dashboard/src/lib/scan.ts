import type { Answer } from "./types";

type Face = { shape: "ok" | "warning" | "no" | "info"; tone: "good" | "twice" | "bad" | "plain" };

const GOOD: Face = { shape: "ok", tone: "good" };
const TWICE: Face = { shape: "warning", tone: "twice" };
const BAD: Face = { shape: "no", tone: "bad" };
const PLAIN: Face = { shape: "info", tone: "plain" };
const FACES: Record<Answer, Face> = {
  accepted: GOOD, duplicate: TWICE, wrong_order: BAD, unknown: BAD, failed: BAD, badge_first: TWICE, badge: PLAIN, command: PLAIN,
};

/** How an answer looks. Green means committed, and nothing else does. */
export const face = (answer: Answer): Face => FACES[answer];
