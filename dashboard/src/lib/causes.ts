/** What took the most, as the gateway tells it: reasons of stops in seconds, kinds of defects in pieces. */

import type { Text } from "./types";

export interface Part { of: string; value: number }
export interface Cause { code: string; value: number; share: number; sum: number; parts: Part[]; stops?: number; planned?: boolean }
export interface Causes {
  from: number; to: number; stops: Cause[]; defects: Cause[];
  labels: { reasons: Record<string, Text>; defects: Record<string, Text>; operations: Record<string, Text> };
}
export interface Bar { code: string | null; value: number; sum: number; planned: boolean; more: number } // code null: all others

const NARROWEST_PX = 74, FEWEST = 4, MOST = 9;

/** As many bars as a width has room for, the last one for all others. */
export function bars(causes: readonly Cause[], width: number): Bar[] {
  const room = Math.min(MOST, Math.max(FEWEST, Math.floor(width / NARROWEST_PX)));
  const shown = causes.length <= room ? causes : causes.slice(0, room - 1), rest = causes.slice(shown.length);
  const found: Bar[] = shown.map(({ code, value, sum, planned }) => ({ code, value, sum, planned: planned ?? false, more: 0 }));
  if (rest.length) found.push({ code: null, value: rest.reduce((all, one) => all + one.value, 0), sum: 1, planned: false, more: rest.length });
  return found;
}
