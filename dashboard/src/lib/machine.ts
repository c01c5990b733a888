import type { Alarm, Component, Machine, Point } from "./types";
import { number, quantity, unit } from "./format";
import { pick, t } from "./words.svelte";

const LATE_SHARE = 0.05; // of the target; less is the rhythm of the work
const IDLE_MIN = 10;
const SILENT_MIN = 1;
const BAD = 16;

export const label = (machine: Machine): string => pick(machine.label, machine.name);
export const usable = (point: Point | undefined): point is Point => !!point && point.quality < BAD && point.value !== null;
/** The value of a point as people read it, or "—". */
export function reading(point: Point | undefined): string {
  if (!usable(point)) return "—";
  if (point.kind === "state" && (point.value === 0 || point.value === 1)) return t(point.value ? "value.on" : "value.off");
  return quantity(point.value, point.unit, point.kind === "gauge");
}

/** A reading as number and unit apart, for where the number stands large. */
export function split(point: Point): [number: string, unit: string] {
  return point.kind === "state" ? [reading(point), ""] : [number(point.value, point.kind === "gauge"), unit(point.unit)];
}

export const job = (machine: Machine): string =>
  typeof machine.job?.text === "object" ? pick(machine.job.text) : (machine.job?.text ?? "");

/** Pieces behind what it should be by now, or 0. */
export function late(machine: Machine): number {
  if (machine.count === null || machine.should_be === null || !machine.target) return 0;
  const behind = Math.round(machine.should_be - machine.count);
  return behind > machine.target * LATE_SHARE ? behind : 0;
}

/** Machines that may need a hand though nothing alarms: idle for long, or silent. The longest first. */
export function waiting(machines: readonly Machine[], now: number): Machine[] {
  const minutes = (machine: Machine) => (machine.since_ts === null ? 0 : (now - machine.since_ts) / 60_000);
  const counts = (machine: Machine) =>
    (machine.state === "idle" && minutes(machine) >= IDLE_MIN) || (machine.state === "unknown" && minutes(machine) >= SILENT_MIN);
  return machines.filter(counts).sort((a, b) => Number(b.state === "idle") - Number(a.state === "idle") || minutes(b) - minutes(a));
}

/** Where the alarm is, unless its message says so itself. */
export function where(alarm: Alarm, machine: Machine | undefined): string {
  const name = machine ? label(machine) : "";
  return name && !pick(alarm.message).includes(name) ? name : "";
}

const SILENT_ROUNDS = 3; // fewer are a hiccup of the wire

/** The devices of a connection that stands but that do not answer: a bus is up while everything on it is dead. */
export function silent(part: Component): string[] {
  const rounds = part.state === "up" ? (part.detail.devices as Record<string, number> | undefined) : undefined;
  return Object.entries(rounds ?? {}).filter(([, n]) => n >= SILENT_ROUNDS).map(([name]) => name);
}

/** Whether a publisher's center does not answer though the connection to the broker stands. */
export const unheard = (part: Component): boolean => part.state === "up" && (part.detail.center === "absent" || part.detail.center === "silent");

/** Whether a publisher's center has a copy that is not what the journal is. */
export const differs = (part: Component): boolean => part.kind === "publisher" && (part.detail.copy as { ok?: boolean } | undefined)?.ok === false;

const BADNESS = { down: 0, waiting: 1, up: 4, off: 5 };
/** The components, the one that needs someone first; one that runs but whose devices or center are silent, or that dropped something, stands before those that do well. */
export const byNeed = (a: Component, b: Component): number => rank(a) - rank(b) || b.dropped - a.dropped;
const rank = (part: Component): number => {
  if (differs(part)) return 0;
  if (silent(part).length || unheard(part)) return 2;
  return part.state === "up" && part.dropped > 0 ? 3 : BADNESS[part.state];
};
