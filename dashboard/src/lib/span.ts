/** A stretch of time on the trends' axis, UTC ms, and how it is zoomed and moved: from a second to a year. */

export interface Span { from: number; to: number }

const SECOND_MS = 1000, MINUTE_MS = 60_000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS;
const SHORTEST_MS = SECOND_MS, LONGEST_MS = 366 * DAY_MS;
/** The lengths that one tap chooses. */
export const RANGES = [
  { name: "minute", ms: MINUTE_MS }, { name: "ten", ms: 10 * MINUTE_MS }, { name: "hour", ms: HOUR_MS }, { name: "day", ms: DAY_MS },
  { name: "week", ms: 7 * DAY_MS }, { name: "month", ms: 30 * DAY_MS }, { name: "year", ms: 365 * DAY_MS },
] as const;

/** The span made `factor` as long, what stands at a share of its width stays there; never behind now. */
export function zoomed({ from, to }: Span, factor: number, at: number, now: number): Span {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (to - from) * factor));
  const begin = from + at * (to - from) - at * length;
  return notAhead({ from: begin, to: begin + length }, now);
}

/** The span moved by a share of its length: back when it is negative. */
export function moved({ from, to }: Span, share: number, now: number): Span {
  const by = share * (to - from);
  return notAhead({ from: from + by, to: to + by }, now);
}

/** As long a span that ends now, if it would end later. */
export function notAhead({ from, to }: Span, now: number): Span {
  const over = Math.max(0, to - now);
  return { from: from - over, to: to - over };
}
