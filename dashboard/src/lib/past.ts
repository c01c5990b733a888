/** The past of a point: the band between least and greatest, and the mean through it. */

export type Bucket = [ts: number, count: number, mean: number, min: number, max: number, last: number];
export interface Past { step_s: number; from: number; to: number; rows: Bucket[] }
export interface Tick { at: number; value: number }

const MINUTE_MS = 60_000;
export const DAY_MS = 1440 * MINUTE_MS;
const SHORTEST_MS = 30 * MINUTE_MS, STEPS_MIN = [10, 30, 60, 180, 360], MOST_TIMES = 5;

/** The last `days` of a point, or null when the gateway does not answer. */
export async function past(point: string, days: number, now: number): Promise<Past | null> {
  const query = new URLSearchParams({ point, from: String(Math.round(now - days * DAY_MS)), to: String(Math.round(now)) });
  const response = await fetch(`/api/v1/history?${query}`).catch(() => null);
  return response?.ok ? young((await response.json()) as Past) : null;
}

/** A past that is younger than what was asked for begins where it begins: in a new shop's day its minutes are seen. */
export function young(past: Past): Past {
  const first = past.rows[0]?.[0] ?? past.from;
  return { ...past, from: Math.max(past.from, Math.min(first, past.to - SHORTEST_MS)) };
}

/** The ends of the vertical axis: a little beyond what was, never of no height. */
export function range(rows: readonly Bucket[]): [low: number, high: number] {
  const low = Math.min(...rows.map((row) => row[3])), high = Math.max(...rows.map((row) => row[4]));
  const room = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}

/** SVG paths in a box of 1000 × 1000. Where nothing was kept, nothing is drawn. */
export function paths({ step_s, from, to, rows }: Past, [low, high]: readonly [number, number]): { band: string; mean: string } {
  const x = (ts: number) => ((Math.min(Math.max(ts, from), to) - from) / (to - from)) * 1000;
  const point = (ts: number, value: number) => `${x(ts).toFixed(1)} ${(((high - value) / (high - low)) * 1000).toFixed(1)}`;
  let band = "", mean = "";
  for (const run of runs(rows, step_s * 1000)) {
    const ends = edges(run, step_s * 1000);
    mean += "M" + ends.map(([ts, row]) => point(ts, row[2])).join("L");
    band += "M" + [...ends.map(([ts, row]) => point(ts, row[4])), ...ends.reverse().map(([ts, row]) => point(ts, row[3]))].join("L") + "Z";
  }
  return { band, mean };
}

/** Neighbours without a gap between them; a minute that slipped is no gap. */
function runs(rows: readonly Bucket[], step_ms: number): Bucket[][] {
  const found: Bucket[][] = [];
  let before = -Infinity;
  for (const row of rows) {
    if (row[0] - before > 2.5 * step_ms) found.push([]);
    found[found.length - 1]?.push(row);
    before = row[0];
  }
  return found;
}

/** Each bucket at its middle, the first and the last to their ends: one alone is seen, too. */
function edges(run: readonly Bucket[], step_ms: number): [ts: number, row: Bucket][] {
  const first = run[0] as Bucket, last = run[run.length - 1] as Bucket;
  return [[first[0], first], ...run.map((row): [number, Bucket] => [row[0] + step_ms / 2, row]), [last[0] + step_ms, last]];
}

/** Round values for the vertical axis, three to six of them, and where they stand: 0 above, 1 below. */
export function levels([low, high]: readonly [number, number]): Tick[] {
  const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((n) => n * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step), last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step).map((value) => ({ at: (high - value) / (high - low), value }));
}

/** How far the times on the other axis lie apart: some minutes, some hours, or a day. */
export function apart({ from, to }: Past): number {
  return (STEPS_MIN.find((step) => to - from < MOST_TIMES * step * MINUTE_MS) ?? 1440) * MINUTE_MS;
}

/** Times for the other axis: whole ones of the shop, whose clock is `offset_ms` ahead of UTC. */
export function times({ from, to }: Past, every: number, offset_ms: number): Tick[] {
  const first = Math.ceil((from + offset_ms) / every);
  const count = Math.floor((to + offset_ms) / every) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * every - offset_ms).map((value) => ({ at: (value - from) / (to - from), value }));
}

/** The bucket at a share of the width, if something was kept there. */
export function bucketAt({ step_s, from, to, rows }: Past, share: number): Bucket | undefined {
  const ts = from + share * (to - from);
  return rows.find((row) => row[0] <= ts && ts < row[0] + step_s * 1000);
}
