/** The shapes of the center's /api/v1. Times are UTC milliseconds. */

import type { Happening, Language, Severity, Text } from "../lib/types";

/** The order in which they ask for somebody. */
export const SHOP_STATES = ["offline", "stale", "unseen", "live"] as const;
export type ShopState = (typeof SHOP_STATES)[number];

export interface Shop {
  workshop: string;
  gateway: string;
  name: string;
  trade: string | null;
  cluster: string | null;
  state: ShopState;
  since: number | null;
  last: number | null;
  queued: number;
  behind_s: number;
  oldest: number | null;
  alarms: number;
  worst: Severity | null;
  version: string | null;
  clock: "synced" | "unsynced" | null;
  events: number;
  blocks: number;
  lost: number;
  copy?: ShopCopy | null;
}

/** What came of restoring the center's rows of a shop for a test: `ok` by its witness of then, or why it could not be done. */
export interface ShopCopy { ok?: boolean; witness_ms?: number; said?: string[]; trouble?: string }

export type Counts = Record<ShopState | "alarms" | "queued", number>;

/** How the center itself is: without its broker it hears nobody, and a full disk keeps nothing. */
export interface Self {
  broker: { address: string; connected: boolean };
  storage: { well: boolean };
}

export interface FleetAnswer {
  now: number;
  version: string;
  build: string;
  language: Language;
  counts: Counts;
  center: Self;
  shops: Shop[];
}

export interface ShopAlarm {
  rule: string;
  severity: Severity;
  message: Text | string;
  since: number;
  acknowledged: boolean;
}

export interface Kept {
  id: string;
  ts: number;
  kind: string;
  source: string;
  clock: "synced" | "unsynced";
  body: Partial<Happening> & Record<string, unknown>;
}

export interface ShopAnswer {
  shop: Shop;
  alarms: ShopAlarm[];
  events: Kept[];
}

export const keyOf = (shop: Pick<Shop, "workshop" | "gateway">): string => `${shop.workshop}/${shop.gateway}`;
