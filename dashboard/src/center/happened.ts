import { duration, number, quantity } from "../lib/format";
import { person } from "../lib/person";
import { detail } from "../lib/scan";
import type { Scan, State, Text } from "../lib/types";
import { pick, t } from "../lib/words.svelte";
import type { Kept } from "./types";

/** What can be asked for; a schema is told with the others but nobody looks for it. */
export const EVENT_KINDS = ["alarm", "state", "scan", "count", "measurement", "quality", "session", "incident", "text", "config", "gap"] as const;
const NAMED = [...EVENT_KINDS, "schema"] as const;
const CAUSES = ["damaged", "missing", "lost", "space", "storage"] as const;

export const kindWord = (kind: string): string => {
  const known = NAMED.find((name) => name === kind);
  return known ? t(`event_kind.${known}`) : kind;
};

const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? number(value) : "");
const some = (parts: readonly string[]): string => parts.filter(Boolean).join(" · ");

/** What an event says, in the words of the person who reads it: texts of the shop itself, and the screen's own. */
export function told({ kind, source, body }: Kept): { theirs: string; ours: string } {
  switch (kind) {
    case "state":
      return { theirs: body.machine ?? source, ours: body.before && body.after_s && body.after_s >= 1 ? t("event.before", { state: t(`state.${body.before as State}`), time: duration(body.after_s) }) : "" };
    case "alarm":
      return { theirs: some([message(body.message, source), body.value === null || body.value === undefined ? "" : quantity(Number(body.value), text(body.unit))]), ours: body.by ? person(body.by) : "" };
    case "scan":
      return { theirs: body.answer_text ? detail(body as unknown as Scan) : text(body.text), ours: text(body.station) };
    case "count":
      return { theirs: body.machine ?? source, ours: t("happened.count", { n: signed(Number(body.delta)), total: Number(body.total) }) };
    case "measurement":
      return { theirs: text(body.device) || source, ours: quantity(Number(body.value), text(body.unit)) };
    case "quality":
      return { theirs: text(body.station) || source, ours: t("happened.quality", { inspected: Number(body.inspected), defective: Number(body.defective) }) };
    case "session":
      return { theirs: some([text(body.equipment) || source, text(body.action)]), ours: typeof body.minutes === "number" ? duration(body.minutes * 60) : "" };
    case "incident":
      return { theirs: some([text(body.what), text(body.where)]), ours: "" };
    case "text":
      return { theirs: some([source, text(body.text)]), ours: "" };
    case "config":
      return { theirs: text(body.difference), ours: body.by === "start" ? t("happened.at_start") : body.by ? t("happened.by", { name: person(body.by) }) : "" };
    case "gap": {
      const cause = CAUSES.find((known) => known === body.cause);
      const rows = typeof body.rows === "number" ? t("fleet.rows", { n: body.rows }) : "";
      return { theirs: "", ours: some([t(body.stream === "s" ? "happened.gap_samples" : "happened.gap_events"), rows, cause ? t(`gap.${cause}`) : text(body.cause)]) };
    }
    case "schema":
      return { theirs: source, ours: Array.isArray(body.fields) ? t("happened.schema", { n: body.fields.length }) : "" };
    default:
      return { theirs: source, ours: "" };
  }
}

const signed = (n: number): string => (n > 0 ? `+${number(n)}` : number(n));

/** The text of a message that may be in both languages. */
export const message = (given: Text | string | undefined, otherwise: string): string => (typeof given === "string" ? given : pick(given, otherwise));
