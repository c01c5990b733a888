import { since } from "../lib/format";
import { t } from "../lib/words.svelte";
import type { CauseKind } from "./causes";
import type { ShopState } from "./types";

const TRADES = ["sewing", "metal", "jewellery", "shoes", "printing", "other"] as const;

/** A trade in words: the ones that a gateway can name, else what the center's own list says. */
export function tradeWord(trade: string | null): string {
  const known = TRADES.find((name) => name === trade);
  return known ? t(`trade.${known}`) : (trade ?? "");
}

const DAY_MS = 86_400_000;

/** How long a state has lasted, short enough for a column of them: 14분째, 3일째. */
export const lasted = (ts: number | null, now: number): string =>
  ts !== null && now - ts >= DAY_MS ? t("fleet.days", { n: Math.floor((now - ts) / DAY_MS) }) : since(ts, now);

/** How a shop's state and a cause look: the shape says the same as the colour. */
export const STATE_SHAPE = { live: "ok", stale: "late", offline: "unknown", unseen: "off" } as const satisfies Record<ShopState, string>;

type Look = { shape: "alarm" | "unknown" | "late" | "warning" | "info" | "off"; tone: "alarm" | "unknown" | "idle" | "plain" | "off" };
const DOUBT: Look = { shape: "warning", tone: "idle" };
const SILENT: Look = { shape: "unknown", tone: "unknown" };

export const CAUSE_LOOK: Record<CauseKind, Look> = {
  critical: { shape: "alarm", tone: "alarm" }, copy: { shape: "warning", tone: "alarm" }, outage: SILENT, offline: SILENT, warning: DOUBT, stale: { shape: "late", tone: "idle" },
  backlog: DOUBT, unsynced: DOUBT, lost: DOUBT, old: { shape: "info", tone: "plain" }, unseen: { shape: "off", tone: "off" },
};
