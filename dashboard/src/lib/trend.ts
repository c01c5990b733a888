import type { Point, Sample } from "./types";

const KEPT = 60;
const BAD = 16;

/** A changed point that came without its trend goes on with the one that is known, at the same pace. */
export function extend(point: Point, known: Point | undefined): Point {
  if (point.trend || !known?.trend || point.ts === null) return point;
  const trend = known.trend;
  const first = trend[0], last = trend[trend.length - 1];
  const pace_ms = first && last && trend.length > 1 ? (last[0] - first[0]) / (trend.length - 1) : 0;
  if (last && point.ts - last[0] < pace_ms) return { ...point, trend };
  const value = point.quality < BAD ? point.value : null;
  return { ...point, trend: [...trend, [point.ts, value] as Sample].slice(-KEPT) };
}

/** An SVG path of the trend in a box of width × height; a gap in the data stays a gap. */
export function path(trend: readonly Sample[], width: number, height: number): string {
  const values = trend.map(([, value]) => value).filter((value) => value !== null);
  const first = trend[0], last = trend[trend.length - 1];
  if (!first || !last || values.length < 2) return "";
  const low = Math.min(...values), high = Math.max(...values);
  const x = width / (last[0] - first[0] || 1), y = high > low ? height / (high - low) : 0;
  let pen = "M", drawn = "";
  for (const [ts, value] of trend) {
    if (value === null) { pen = "M"; continue; }
    const down = y ? (high - value) * y : height / 2;
    drawn += `${pen}${((ts - first[0]) * x).toFixed(1)} ${down.toFixed(1)}`;
    pen = "L";
  }
  return drawn;
}
