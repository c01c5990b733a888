import type { Past } from "./past";
import type { Span } from "./span";
import type { Severity, State, Text } from "./types";

const SAMPLES_MS = 2 * 3_600_000; // beyond that minutes tell as much
const STATES_MS = 32 * 86_400_000;
const MOST_ALARMS = 200;

export interface Raised { id: string; rule: string; severity: Severity; message: Text; machine: string | null; raised_ts: number; cleared_ts: number | null }

/** What the gateway answers to a question, or null when it does not. */
export async function asked<T>(path: string, query: Record<string, string | number>): Promise<T | null> {
  const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`/api/v1/${path}?${words}`).catch(() => null);
  return response?.ok ? ((await response.json()) as T) : null;
}

const whole = ({ from, to }: Span) => ({ from: Math.max(0, Math.floor(from)), to: Math.ceil(to) });

/** A point's past: as it was kept where that is not long, else by minutes or hours. */
export async function trend(point: string, span: Span): Promise<Past | null> {
  const query = { point, ...whole(span) };
  if (span.to - span.from <= SAMPLES_MS) {
    const fine = await asked<Past>("history/samples", query);
    if (fine === null || fine.rows.length) return fine;
  }
  return asked<Past>("history", query); // samples go first: of long ago there are minutes, then hours
}

/** When each state of the machines began; "long" where that would be too much. */
export async function states(machines: readonly string[], span: Span): Promise<Record<string, [number, State][]> | "long" | null> {
  if (!machines.length) return {};
  if (span.to - span.from > STATES_MS) return "long";
  const query = { ...whole(span), ...(machines.length === 1 ? { machine: machines[0] as string } : {}) };
  return (await asked<{ states: Record<string, [number, State][]> }>("history/states", query))?.states ?? null;
}

/** The alarms that were raised, newest first. */
export async function raised(span: Span): Promise<Raised[] | null> {
  return (await asked<{ alarms: Raised[] }>("alarms/history", { ...whole(span), limit: MOST_ALARMS }))?.alarms ?? null;
}
