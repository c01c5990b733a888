import { person } from "./person";
import { session } from "./session.svelte";
import { stations, type Station } from "./station.svelte";
import { asked } from "./trends";
import type { Text } from "./types";
import { pick } from "./words.svelte";

export interface Step { operation: string; done: number; waiting: number }
/** `due` is a day, "2026-12-01"; `made` and `left` are null where nobody knows which operation comes last. */
export interface Order { order: string; label: string | null; style: string | null; name: string | null; due: string | null; late: boolean; target: number | null; made: number | null; left: number | null; finished: number | null; steps: Step[] }
export interface Operation { operation: string; label: Text; waiting: number | null }
export type Has = Record<"bundles" | "jobs" | "weighing" | "equipment" | "tools", boolean>;
export interface Standing { as_of: number; today: string; orders: Order[]; operations: Operation[]; bottleneck: string | null; has: Has }
export interface InHand { operation: string; station: string; since?: number; since_ts?: number; worker?: string }
export interface Bundle { bundle: string; order: string | null; style: string | null; size: string | null; colour: string | null; pieces: number; done: string | null; waits_for: string[]; in_hand: InHand[]; since: number | null }

/** What the pages of work share: where it stands, and what operations, stations and people are called. */
class Floor {
  standing = $state.raw<Standing | null>(null);
  away = $state(false);
  #stations = $state.raw<readonly Station[]>([]);
  #people = $state.raw<Record<string, string>>({});

  async look(): Promise<void> {
    const found = await asked<Standing>("work/orders", {});
    this.away = found === null;
    this.standing = found ?? this.standing;
  }

  /** Names of people are for owners: others see the badge. */
  async names(): Promise<void> {
    this.#stations = (await stations()) ?? this.#stations;
    if (!session.may("owner")) return;
    const found = await asked<{ people: { badge: string; name: string | null }[] }>("work/people", {});
    if (found) this.#people = Object.fromEntries(found.people.map(({ badge, name }) => [String(Number(badge)), name ?? ""]));
  }

  get stations(): readonly Station[] {
    return this.#stations;
  }

  operation(code: string): string {
    const known = this.standing?.operations.find((one) => one.operation === code);
    return known ? pick(known.label, code) : code;
  }

  station(name: string | null): string {
    return pick(this.#stations.find((one) => one.name === name)?.label, name ?? "");
  }

  /** A badge as owners know it, 0101 은하; who is no badge has an account. */
  who(by: string | null | undefined): string {
    if (!by || !/^\d+$/.test(by)) return person(by);
    const name = session.may("owner") ? this.#people[String(Number(by))] : "";
    return name ? `${name} (${by})` : by;
  }
}

export const floor = new Floor();

const DAY_MS = 86_400_000;
/** How many days one day of the calendar is behind another. */
export const daysBehind = (day: string, today: string): number => Math.round((Date.parse(today) - Date.parse(day)) / DAY_MS);
/** The day so many days before. */
export const daysBefore = (today: string, days: number): string => new Date(Date.parse(today) - days * DAY_MS).toISOString().slice(0, 10);
/** The serial number that was typed or scanned: 0231, or the ticket B-0231-FRONT-20-5. A badge, W-0007-5, has none. */
export const serialOf = (typed: string): string | null => /^(?:[BT]-|(?![A-Z]-))([0-9A-Z]{1,12})(?:-|$)/.exec(typed.trim().toUpperCase())?.[1] ?? null;
