/** The figures of a period as the gateway tells them, and what is drawn of them. */

import type { State, Text } from "./types";

export interface Ratio { value: number | null; numerator: number; denominator: number; coverage: number | null }
export interface MachineFigures {
  machine: string;
  planned_s: number;
  seconds: Record<State, number>;
  pieces: { produced: number; outside_plan: number; not_covered: number; missed_estimate: number };
  oee: {
    formula: string; oee: number | null; without_quality: number | null; not_known: string[];
    availability: Ratio; effectiveness: (Ratio & { above_one: boolean }) | null; quality: Ratio | null;
  };
  stops: { micro: number; micro_s: number; long: number; long_s: number };
  downtime?: Record<string, { stops: number; s: number }>; // by the code of a reason; "" for what nobody explained
}
export interface Energy {
  point: string; formula: string; kwh: number; standby_kwh: number; by_state_kwh: Record<State, number>;
  per_piece: Ratio; per_piece_run: Ratio; peak: { ts: number; kw: number; minutes: number } | null; coverage: number;
}
export interface Period { name: string; label: Text | null; from: number; to: number }
export interface Stretch { from: number; to: number }
export interface Day extends Stretch { shifts: Period[]; week: Stretch; month: Stretch }

export interface Step { name: string; from_s: number; to_s: number; loss: boolean }

const LOST = ["off", "idle", "alarm", "setup"] as const;

/** The planned time and what is left of it, loss by loss, in seconds; a factor that is not known ends it. */
export function waterfall({ planned_s, seconds, oee }: MachineFigures): Step[] {
  const steps: Step[] = [{ name: "planned", from_s: 0, to_s: planned_s, loss: false }];
  let left = planned_s;
  const lose = (name: string, s: number) => {
    if (s < 0.5) return;
    steps.push({ name, from_s: Math.max(0, left - s), to_s: left, loss: true });
    left = Math.max(0, left - s);
  };
  const stand = (name: string) => steps.push({ name, from_s: 0, to_s: left, loss: false });
  lose("unknown", seconds.unknown);
  if (seconds.unknown >= 0.5) stand("covered");
  for (const state of LOST) lose(state, seconds[state]);
  left = seconds.run;
  stand("run");
  if (oee.effectiveness?.value == null || oee.effectiveness.above_one) return steps;
  lose("slow", left * (1 - oee.effectiveness.value));
  if (oee.quality?.value == null) return steps;
  lose("bad", left * (1 - oee.quality.value));
  stand("good");
  return steps;
}

export interface Stop { machine: string; state: State; s: number; share: number; sum: number }

/** Where the planned time went without anything made, the longest first, each with its share and the sum so far. */
export function pareto(machines: readonly MachineFigures[]): Stop[] {
  const found = machines.flatMap(({ machine, seconds }) => LOST.map((state) => ({ machine, state, s: seconds[state] }))).filter(({ s }) => s >= 1);
  const all = found.reduce((sum, { s }) => sum + s, 0);
  let sum = 0;
  return found.sort((a, b) => b.s - a.s).map((one) => ({ ...one, share: one.s / all, sum: (sum += one.s) / all }));
}
