import { Refused, session } from "./session.svelte";
import type { Text } from "./types";
import { pick, t } from "./words.svelte";

/** Something that is wrong with a row: in which cell, what stands there, and how to mend it. */
export interface Problem { sheet: string; cell: string; found: string | null; text: Text }

/** Tell the gateway something and return its answer. Raises Refused with its reason, in the language of the screen. */
export async function tell<T = unknown>(path: string, body: unknown): Promise<T> {
  const response = await session.send(path, body);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  if (response.status === 401 || response.status === 403) throw new Refused(t("error.denied"));
  throw new Refused(reason((answer as { detail?: unknown } | null)?.detail) || t(response.status === 422 ? "error.form" : "error.failed", { status: response.status }));
}

function reason(detail: unknown): string {
  if (Array.isArray(detail)) return [...new Set(detail.map(reason).filter(Boolean))].join(" ");
  if (!detail || typeof detail !== "object") return ""; // in English, for programs
  if ("text" in detail) return reason(detail.text);
  return "ko" in detail && "en" in detail ? pick(detail as Text) : "";
}
