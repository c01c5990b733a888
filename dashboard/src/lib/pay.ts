import { t } from "./words.svelte";
import type { Text } from "./types";

/** The shapes of /work/pay, and the periods for which a shop pays. Days are `2026-12-01`, in the shop's zone. */
export interface Days { from: string; to: string }
export interface Closed extends Days { number: number; hash: string; won: number; pieces: number }
export interface Periods { periods: Closed[]; next_from: string | null }
export interface Item { style: string | null; operation: string; pieces: number; rate_won: string | null; amount: string | null; late: number | null; corrects: number | null }
export interface Worker {
  worker: string; won: number; amount: string; pieces: number; unrated: number; items: Item[];
  minimum: { hours: number; doubt_h: number; unseen_h: number; never_left: number; due_won: number | null; shortfall_won: number | null };
}
export interface Pay extends Days {
  formula: string; state: "open" | "closed" | "view"; number: number | null; hash: string | null; won: number; pieces: number;
  unrated: { operation: string; style: string | null; pieces: number }[]; waiting: number; workers: Worker[];
  differs: { worker: string; closed: { won: number } | null; now: { won: number } | null }[]; later_rates: { operation: string; from: string; won: string }[];
  names: Record<string, string>; operations: Record<string, Text>;
}
export interface PaidDay { day: string; amount: string; pieces: number; items: Item[] }

const DAY_MS = 86_400_000, LONGEST_FORTNIGHT = 16;
const date = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const iso = (ts: number): string => new Date(ts).toISOString().slice(0, 10);
export const shifted = (day: string, days: number): string => iso(date(day) + days * DAY_MS);
export const daysIn = ({ from, to }: Days): number => Math.round((date(to) - date(from)) / DAY_MS) + 1;

/** The day before the same day of another month: 2026-11-16 and 1 give 2026-12-15, the first of a month its last. */
function monthFrom(day: string, months = 1): string {
  const [year = 1970, month = 1, first = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate(); // of the month it leads to
  return iso(Date.UTC(year, month - 1 + months, Math.min(first, last)) - DAY_MS);
}

/** The period that is not closed yet: as long as the one before, else from the first of a month to its last. */
export function openPeriod({ periods, next_from }: Periods, today: string): Days {
  const from = next_from ?? `${today.slice(0, 7)}-01`, before = periods[periods.length - 1];
  const days = before ? daysIn(before) : 0;
  return { from, to: days && days <= LONGEST_FORTNIGHT ? shifted(from, days - 1) : monthFrom(from) };
}

/** The one before: the newest that is closed, else the month before this one. */
export function lastPeriod({ periods }: Periods, open: Days): Days {
  const before = periods[periods.length - 1];
  const to = shifted(open.from, -1);
  return before ? { from: before.from, to: before.to } : { from: `${to.slice(0, 7)}-01`, to };
}

/** 1,234,000원; exact amounts are text: 1,690.5원. */
export const won = (amount: number | string): string => t("pay.won", { won: Number(amount) });
