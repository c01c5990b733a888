/** Several points' pasts on one axis of time: columns for the chart, rows for a file, and the holes in words. */

import type { Past } from "./past";
import type { Sample } from "./types";

type Value = number | null | undefined; // null: a gap; undefined: another point's time
export interface Columns { times: number[]; mean: Value[][]; min: Value[][]; max: Value[][] }
export type Hole = [from: number, to: number];

const SLIPPED = 2.5; // steps that are no gap yet
const LEAST_MS = 3000;

/** How far two neighbours may lie apart: some steps of the past, or of what samples usually take. */
export function pace({ step_s, rows }: Past): number {
  if (step_s > 0) return SLIPPED * step_s * 1000;
  const apart = rows.slice(1).map((row, i) => row[0] - (rows[i]?.[0] ?? 0)).sort((a, b) => a - b);
  return Math.max(LEAST_MS, SLIPPED * (apart[apart.length >> 1] ?? 0));
}

/** When nothing was measured within the past's span; a bucket with nothing in it is part of a hole. */
export function holes(past: Past): Hole[] {
  const most = pace(past), found: Hole[] = [];
  let last = past.from;
  const open = (until: number) => { if (until - last > most) found.push([last, until]); };
  for (const row of past.rows) {
    if (!row[1]) continue;
    open(row[0]);
    last = row[0] + past.step_s * 1000;
  }
  open(past.to);
  return found;
}

/** What came by the stream since the last row that is kept: samples are committed every ten seconds. */
export function continued(past: Past, trend: readonly Sample[], latest: Sample | null): Past {
  const last = past.rows[past.rows.length - 1]?.[0] ?? past.from;
  const fresh = [...trend, ...(latest ? [latest] : [])].filter(([ts], i, all) => ts > last && ts <= past.to && ts !== all[i - 1]?.[0]);
  return { ...past, rows: [...past.rows, ...fresh.map(([ts, v]) => [ts, v === null ? 0 : 1, v, v, v, v] as unknown as Past["rows"][number])] };
}

/** All points' values by the times of all; where a point has a gap, it has a null. */
export function columns(pasts: readonly Past[]): Columns {
  const each = pasts.map((past) => {
    const most = pace(past), found = new Map<number, Past["rows"][number] | null>();
    let last: number | null = null;
    for (const row of past.rows) {
      const at = row[0] + past.step_s * 500;
      if (last !== null && at - last > most) found.set(last + 1, null);
      found.set(at, row[1] ? row : null);
      last = at;
    }
    return found;
  });
  const times = [...new Set(each.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  const pick = (i: number) => each.map((one) => times.map((ts) => { const row = one.get(ts); return row ? (row[i] as number) : row; }));
  return { times, mean: pick(2), min: pick(3), max: pick(4) };
}

const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

/** A field of a table that no spreadsheet takes for a formula. */
export function field(text: string): string {
  const plain = FORMULA.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
}

/** A table as CSV that spreadsheets open as it is. */
export const rows = (table: readonly (readonly string[])[]): string => "\ufeff" + table.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";

/** The columns as CSV: a time with its zone, then mean, least and greatest of each point; a gap is an empty field. */
export function csv(names: readonly string[], { times, mean, min, max }: Columns, said: (ts: number) => string): string {
  const head = ["time", ...names.flatMap((name) => [name, `${name} min`, `${name} max`])];
  const lines = times.map((ts, i) => [said(ts), ...names.flatMap((_, k) => [mean[k]?.[i], min[k]?.[i], max[k]?.[i]].map((v) => (v === null || v === undefined ? "" : String(v))))]);
  return rows([head, ...lines]);
}

export interface Stretch { from: number; to: number; state: string }

/** States as stretches from one change to the next, the last one until a time. */
export function stretches(changes: readonly (readonly [number, string])[], until: number): Stretch[] {
  return changes.map(([from, state], i) => ({ from, to: changes[i + 1]?.[0] ?? until, state })).filter((one) => one.to > one.from);
}
