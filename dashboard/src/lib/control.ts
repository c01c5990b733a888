/** Control charts as the gateway tells them. */

import type { Text } from "./types";

export type ChartPoint = [ts: number | null, value: number, broken: number | null, uneven: number | null];
export interface ControlChart {
  name: string; label: Text | null; value: string; machine: string | null; unit: string;
  rule_set: string; rules: Text[]; baseline: string; count: number; size: number; every_s: number;
  learned: number; center: number | null; sigma: number | null; low: number | null; high: number | null; points: ChartPoint[];
}
export interface Broken { at: number; ts: number | null; value: number; rule: number }

/** The points that break a rule, the newest first; rule 0 is a subgroup whose values spread too far. */
export function broken({ points }: ControlChart): Broken[] {
  const found = points.flatMap(([ts, value, rule, uneven], at): Broken[] => [
    ...(rule ? [{ at, ts, value, rule }] : []), ...(uneven !== null && uneven > 1 ? [{ at, ts, value, rule: 0 }] : []),
  ]);
  return found.reverse();
}

/** The ends of the vertical axis: all points and both limits, and a little room. */
export function ends({ points, low, high }: ControlChart): [number, number] {
  const all = [...points.map((point) => point[1]), ...(low === null || high === null ? [] : [low, high])];
  const least = Math.min(...all), most = Math.max(...all), room = (most - least) * 0.08 || Math.abs(most) * 0.05 || 1;
  return [least - room, most + room];
}
