import { live } from "./live.svelte";
import { asked } from "./trends";
import type { Scan, Text } from "./types";

export interface Station { name: string; label: Text | null }

/** The stations of the shop, or null when the gateway does not answer. */
export async function stations(): Promise<Station[] | null> {
  return (await asked<{ stations: Station[] }>("stations", {}))?.stations ?? null;
}

const LEFT = "LOGOUT";

/** The scans of one station, newest first. */
export const scansAt = (station: string): Scan[] => live.scans.filter((scan) => scan.station === station);

/** Who works there as far as the scans tell: the newest one with a badge, unless it logged out. */
export function worker(scans: readonly Scan[]): string | null {
  for (const scan of scans) {
    if (scan.ticket?.word === LEFT) return null;
    if (scan.worker) return scan.worker_name || scan.worker;
  }
  return null;
}
