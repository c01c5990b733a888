import { Refused, session } from "./session.svelte";
import type { Text } from "./types";
import { t } from "./words.svelte";

/** The configuration, as the gateway tells and takes it. A path leads into it: a section, a name or a place, an option. */
export type Path = readonly (string | number)[];
export type Data = { [name: string]: unknown };
export interface Problem extends Text { path: Path; line: number }
export interface Section { name: string; about: Text; list: boolean; types: string[] }
export interface Choice { value: string; text: Text | null }
export interface Configuration { revision: string; text: string; data: Data; problems: Problem[]; sections: Section[]; choices: Record<string, Choice[]> }
export interface Draft { text: string; difference: string[]; problems: Problem[] }
export interface Kept { number: number; ts: number; by: string; what: string; revision: string }
export interface Shop { trade: string; name: string; language: string }
export type Edit = { changes: { do: "add" | "set" | "remove"; path: Path; value?: unknown }[] } | { text: string } | { shop: Shop };
export interface Applied { revision: string; restart: string[] }

/** Somebody else wrote the file; `difference` is null where it is not known what they changed. */
export class Conflict extends Error {
  constructor(readonly revision: string, readonly difference: string[] | null, readonly by: string, readonly ts: number | null) { super(); }
}
/** What was asked for would be wrong. */
export class Wrong extends Error {
  constructor(readonly problems: Problem[]) { super(); }
}

export async function load(): Promise<Configuration | null> {
  const response = await fetch("/api/v1/config", { cache: "no-store" }).catch(() => null);
  return response?.ok ? ((await response.json()) as Configuration) : null;
}

async function ask<T>(what: string, body: object): Promise<T> {
  const response = await session.send(`config/${what}`, body);
  if (response.ok) return (await response.json()) as T;
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: unknown };
  if (response.status === 409) {
    const { revision, difference, by, ts } = detail as Conflict;
    throw new Conflict(revision, difference, by, ts);
  }
  const problems = (detail as { problems?: Problem[] } | undefined)?.problems;
  if (response.status === 422 && problems) throw new Wrong(problems);
  if (response.status === 401 || response.status === 403) throw new Refused(t("error.denied"));
  throw new Refused(response.status === 503 ? t("devices.not_written", { why: String(detail) }) : t("error.failed", { status: response.status }));
}

export const check = (revision: string, edit: Edit): Promise<Draft> => ask("check", { revision, ...edit });
export const apply = (revision: string, edit: Edit): Promise<Applied> => ask("apply", { revision, ...edit });
export const undo = (revision: string): Promise<Applied> => ask("undo", { revision });

/** What an entry of a list is called by, as the gateway finds it again. */
export const called = (entry: unknown): string => {
  const { code, badge, name } = entry as Record<string, unknown>;
  return String(code ?? badge ?? name ?? "");
};
export const titled = (entry: unknown): Text | null => {
  const { label, message } = entry as { label?: Text; message?: Text };
  return label ?? message ?? null;
};
