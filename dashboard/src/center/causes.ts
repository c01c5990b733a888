import type { Shop } from "./types";

/** What may be wrong, the most urgent first. */
const KINDS = ["critical", "copy", "outage", "offline", "warning", "stale", "backlog", "unsynced", "lost", "old", "unseen"] as const;
export type CauseKind = (typeof KINDS)[number];

export interface Cause {
  id: string; // the same as long as it is the same cause
  kind: CauseKind;
  cluster: string | null;
  shops: readonly Shop[];
  since: number | null; // when the first of them fell into it, where that is known
  amount: number | null; // alarms, or rows
}

const TOGETHER_MS = 10 * 60_000; // shops of one cluster that fall silent within this have one cause
const TOGETHER = 3;
const BEHIND_MS = 15 * 60_000;
const BEHIND_ROWS = 1000;

/** Why somebody has to act, grouped over the shops: a person calls the power company once, not forty shops. */
export function causes(shops: readonly Shop[], now: number, newest: string | null): Cause[] {
  const heard = (shop: Shop) => shop.state === "live" || shop.state === "stale"; // what the others said last may be over
  const having = (wanted: (shop: Shop) => boolean) => shops.filter(wanted);
  const all = [
    cause("critical", having((shop) => shop.worst === "critical"), { amount: (shop) => shop.alarms }),
    cause("copy", having((shop) => shop.copy?.ok === false), {}),
    ...silent(having((shop) => shop.state === "offline")),
    cause("warning", having((shop) => shop.worst === "warning"), { amount: (shop) => shop.alarms }),
    cause("stale", having((shop) => shop.state === "stale"), { since: (shop) => shop.since }),
    cause("backlog", having((shop) => heard(shop) && late(shop, now)), { since: (shop) => shop.oldest, amount: (shop) => shop.queued }),
    cause("unsynced", having((shop) => heard(shop) && shop.clock === "unsynced"), {}),
    cause("lost", having((shop) => shop.lost > 0), { amount: (shop) => shop.lost }),
    cause("old", having((shop) => heard(shop) && newest !== null && shop.version !== null && older(shop.version, newest)), {}),
    cause("unseen", having((shop) => shop.state === "unseen"), {}),
  ];
  return all
    .filter((one) => one.shops.length > 0)
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.shops.length - a.shops.length);
}

/** Whether a shop's records pile up. */
export const late = (shop: Shop, now: number): boolean => shop.queued >= BEHIND_ROWS || (shop.oldest !== null && now - shop.oldest >= BEHIND_MS);

interface Measures {
  cluster?: string;
  since?: (shop: Shop) => number | null;
  amount?: (shop: Shop) => number;
}

function cause(kind: CauseKind, shops: readonly Shop[], { cluster, since, amount }: Measures): Cause {
  const times = since ? shops.map(since).filter((ts) => ts !== null) : [];
  return {
    id: cluster === undefined ? kind : `${kind}:${cluster}`,
    kind,
    cluster: cluster ?? null,
    shops,
    since: times.length ? Math.min(...times) : null,
    amount: amount ? shops.reduce((sum, shop) => sum + amount(shop), 0) : null,
  };
}

/** The silent shops: by cluster where several are, the single ones together. */
function silent(shops: readonly Shop[]): Cause[] {
  const since = (shop: Shop) => shop.since;
  const clusters = new Map<string, Shop[]>();
  for (const shop of shops) clusters.set(shop.cluster ?? "", [...(clusters.get(shop.cluster ?? "") ?? []), shop]);
  const several = [...clusters].filter(([cluster, members]) => cluster && members.length > 1);
  const single = shops.filter((shop) => !several.some(([cluster]) => cluster === shop.cluster));
  return [
    ...several.map(([cluster, members]) => cause(together(members) ? "outage" : "offline", members, { cluster, since })),
    cause("offline", single, { since }),
  ];
}

/** Whether at least three of them fell silent within ten minutes. */
function together(shops: readonly Shop[]): boolean {
  const times = shops.map((shop) => shop.since).filter((ts) => ts !== null).sort((a, b) => a - b);
  return times.some((ts, i) => (times[i + TOGETHER - 1] ?? Infinity) - ts <= TOGETHER_MS);
}

/** The newest of some versions, null of none. */
export function newestOf(versions: readonly (string | null)[]): string | null {
  return versions.reduce((best, version) => (version && (!best || older(best, version)) ? version : best), null);
}

/** Whether a version (1.2.3, with or without something behind) stands before another one. */
export function older(a: string, b: string): boolean {
  const parts = (version: string) => (version.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const left = parts(a), right = parts(b);
  for (let i = 0; i < 3; i++) if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) < (right[i] ?? 0);
  return false;
}
