/** A restore by screen: the copies there are, what one holds, and sending one from this device. */

import { session } from "./session.svelte";

export interface Copy { path: string; name: string; from: string; made_ts: number; bytes: number }
export interface Seen {
  trouble: "" | "sealed" | "broken"; said?: string; sealed: boolean; workshop: string; gateway: string; version: string; events: number;
  made_ts: number; last_ts: number | null; only_here: number; names?: number; configuration: "same" | "other" | "none"; fits: boolean;
}
export interface Last { ok: boolean; said: string; events?: number; made_ts?: number; whole?: boolean; aside?: string | null; configuration?: "same" | "taken" | "beside" }

const PART_BYTES = 4 << 20;

/** Send a file in parts, and say how much of it is there. Raises Refused. */
export async function upload(file: Blob, told: (share: number) => void): Promise<void> {
  for (let at = 0; at < file.size || at === 0; at += PART_BYTES) {
    await session.ask(`restore/upload?at=${at}`, file.slice(at, at + PART_BYTES));
    told(Math.min(1, (at + PART_BYTES) / Math.max(1, file.size)));
  }
}

/** Wait until the gateway, which ends for it, is back; null when it does not come in a quarter of an hour. */
export async function back(pause: (ms: number) => Promise<void>): Promise<boolean> {
  let gone = false;
  for (let i = 0; i < 450; i += 1) {
    await pause(2000);
    const response = await fetch("/api/v1/ready").catch(() => null);
    if (!response) gone = true;
    else if (gone || i > 5) return true;
  }
  return false;
}
