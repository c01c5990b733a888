/** The shapes of the figures of work, and the reports of the shop floor as tables. */
import type { Ratio } from "./figures";
import { duration, moment, number } from "./format";
import { label } from "./machine";
import { live } from "./live.svelte";
import type { Stay } from "./stay";
import type { Text } from "./types";
import { pick, t, type Key } from "./words.svelte";

export interface Made { done: number; defect: number; repair: number; scrap: number }
export interface WorkFigures {
  formula: string; output: number; coverage: Ratio; hours: ({ ts: number } & Made)[];
  operations: ({ operation: string; label: Text | null; sam_s: number | null; operators: number; fpy: Ratio } & Made)[];
  orders: ({ order: string | null; output: number; sure: boolean; progress: { made: number; target: number | null; ratio: Ratio | null } | null } & Made)[];
  stations: ({ station: string | null } & Made)[];
  efficiency: Ratio & { without_sam: string[] };
  quality: { dhu: Ratio; rolled_yield: number | null };
  wip: { as_of: number; bottleneck: string | null; operations: { operation: string; waiting: number }[] };
  lead_time: { median_s: number | null };
  workers?: ({ worker: string | null; hours: number; efficiency: Ratio } & Made)[];
  names?: Record<string, string>;
}
export interface Contradiction { machine: string; station: string; day: string; scanned: number; counted: number | null; coverage: number; differs: boolean; scanned_while_still: number; still_at: number[] }
export interface Against { compared: number; contradictions: Contradiction[]; stays: Stay[]; stays_wrong: number; stays_unclear: Record<string, number> }
export interface Evidence {
  baseline: Side; now: Side; change: Record<string, number | null>; measures: Record<string, Text & { unit: string }>;
}
interface Side { by_hand: boolean; from: string; to: string; source?: string; figures: Record<string, { value: number | null; applies?: boolean } | undefined> }

/** Rows of texts; the first cell is the row's name. */
export interface Table { title: Key; columns: { title: Key; wide?: boolean }[]; rows: string[][] }

/** What the shop's list of reports means here: several are parts of the report of a day. */
export const SHOWN: Record<string, Kind> = {
  wip: "day", output: "day", quality: "day", setup: "setup", waste: "waste", loss: "loss", downtime: "downtime", equipment: "equipment", safety: "safety",
};
export const KINDS = ["day", "workers", "contradictions", "evidence", "setup", "waste", "loss", "downtime", "equipment", "safety"] as const;
export type Kind = (typeof KINDS)[number];
export const ALWAYS = KINDS.slice(0, 4); // the others, where the shop wants them
export const OWNERS: readonly Kind[] = ["workers", "evidence", "loss"];

const machine = (name: string): string => { const known = live.machines.get(name); return known ? label(known) : name; };
const column = (title: Key, wide = false) => ({ title, wide });
const share = (ratio: Ratio | null | undefined): string => (ratio?.value == null ? t("report.unknown") : `${number(ratio.value * 100)}%`);
export const percentOf = share;

/** The tables of a day, as the first of the shop's reports wants them. */
export function tables(of: WorkFigures, now: number): Table[] {
  const waits = new Map(of.wip.operations.map((one) => [one.operation, one.waiting]));
  const counts = (one: Made): string[] => [number(one.done), number(one.defect), number(one.repair), number(one.scrap)];
  const COUNTED = [column("report.done"), column("report.defect"), column("report.repair", true), column("report.scrap", true)];
  const made: Table[] = [];
  if (of.workers) {
    const worker = (badge: string | null): string => (badge ? of.names?.[badge] || t("pay.badge", { n: badge }) : t("pay.nobody"));
    made.push({ title: "report.by_worker", columns: [column("report.worker"), column("report.done"), ...COUNTED.slice(1).map((one) => ({ ...one, wide: true })), column("report.hours"), column("report.efficiency")], rows: of.workers.map((one) => [worker(one.worker), ...counts(one), number(one.hours), share(one.efficiency)]) });
  }
  made.push({
    title: "report.by_operation", columns: [column("report.operation"), ...COUNTED, column("report.waits"), column("report.fpy", true), column("report.people", true)],
    rows: of.operations.map((one) => [pick(one.label, one.operation), ...counts(one), number(waits.get(one.operation) ?? 0), share(one.fpy), number(one.operators)]),
  });
  made.push({
    title: "report.by_order", columns: [column("report.order"), column("report.done"), column("report.output"), column("report.target", true), column("report.progress")],
    rows: of.orders.map((one) => [one.order ?? t("report.no_order"), number(one.done), number(one.output), number(one.progress?.target), share(one.progress?.ratio)]),
  });
  if (of.hours.length <= 48) made.push({ title: "report.by_hour", columns: [column("report.hour"), ...COUNTED], rows: of.hours.map((one) => [moment(one.ts, now), ...counts(one)]) });
  made.push({ title: "report.by_station", columns: [column("report.station"), ...COUNTED], rows: of.stations.map((one) => [one.station ?? "—", ...counts(one)]) });
  return made.filter((table) => table.rows.length);
}

interface Job { order: string; operation: string; machine: string | null; station: string; start: number | null; setup: number | null; setup_s: number | null; quantity: number; scrap: number; counted_in_setup: number; gross: number; waste: number | null; supplied: number | null; spare: number | null }
interface Answers {
  setup: { jobs: Job[] };
  waste: { jobs: Job[] };
  loss: { balances: { lot: string; operation: string; worker: string; issued_g: string; returned_g: string; loss_g: string | null; loss_don: string | null; loss_percent: string | null; beyond: boolean | null }[] };
  downtime: { machines: { machine: string; downtime: Record<string, { stops: number; s: number }> }[] };
  equipment: { equipment: { equipment: string; label: Text | null; sessions: number; no_shows: number; minutes: string; kwh: string }[] };
  safety: { incidents: { ts: number; what: string; where: string; severity: "critical" | "warning" | "info"; note: string | null }[] };
}
export const PATHS: { [kind in keyof Answers]: string } = { setup: "work/jobs", waste: "work/jobs", loss: "work/weighing", downtime: "work/downtime", equipment: "work/equipment", safety: "work/incidents" };
const INCIDENTS = ["estop", "guard", "nearmiss", "injury", "fire"] as const;

/** A report of the shop floor as one table. */
export const FLOOR: { [kind in keyof Answers]: (found: Answers[kind], now: number) => Table } = {
  setup: ({ jobs }, now) => ({
    title: "report.setup", columns: [column("report.order"), column("report.operation"), column("report.station", true), column("report.began"), column("report.setup_time"), column("report.done"), column("report.scrap")],
    rows: jobs.map((one) => [one.order, one.operation, one.machine ? machine(one.machine) : one.station, moment(one.setup ?? one.start, now), one.setup_s === null ? t("report.unknown") : duration(one.setup_s), number(one.quantity), number(one.scrap)]),
  }),
  waste: ({ jobs }) => ({
    title: "report.waste", columns: [column("report.order"), column("report.operation", true), column("report.make_ready", true), column("report.gross"), column("report.net"), column("report.wasted"), column("report.supplied", true), column("report.spare")],
    rows: jobs.filter((one) => one.gross || one.supplied).map((one) => [one.order, one.operation, number(one.counted_in_setup), number(one.gross), number(one.quantity), one.waste === null ? t("report.unknown") : `${number(one.waste)} (${number((one.waste / one.gross) * 100)}%)`, number(one.supplied), number(one.spare)]),
  }),
  loss: ({ balances }) => ({
    title: "report.loss", columns: [column("report.lot"), column("report.operation"), column("report.issued"), column("report.returned", true), column("report.lost"), column("report.lost_don"), column("report.beyond")],
    rows: balances.map((one) => [one.lot, one.operation, `${one.issued_g} g`, `${one.returned_g} g`, one.loss_g === null ? t("report.held") : `${one.loss_g} g (${one.loss_percent ?? "—"}%)`, one.loss_don ?? "—", one.beyond ? t("report.too_much") : "—"]),
  }),
  downtime: ({ machines }) => ({
    title: "report.downtime", columns: [column("report.machine"), column("report.reason"), column("report.stops"), column("report.time")],
    rows: machines.flatMap((one) => Object.entries(one.downtime).map(([code, of]) => [machine(one.machine), code || t("figure.not_told"), number(of.stops), duration(of.s)])),
  }),
  equipment: ({ equipment }) => ({
    title: "report.equipment", columns: [column("report.machine"), column("report.sessions"), column("report.no_shows"), column("report.minutes"), column("report.kwh", true)],
    rows: equipment.map((one) => [pick(one.label, one.equipment), number(one.sessions), number(one.no_shows), number(Number(one.minutes)), number(Number(one.kwh))]),
  }),
  safety: ({ incidents }, now) => ({
    title: "report.safety", columns: [column("report.when"), column("report.what"), column("report.where"), column("report.severity"), column("report.note", true)],
    rows: incidents.map((one) => [moment(one.ts, now), t(`report.what_${INCIDENTS.find((known) => known === one.what) ?? "other"}`), machine(one.where), t(`severity.${one.severity}`), one.note ?? "—"]),
  }),
};
