import type { Kept, Shop, ShopAlarm, ShopAnswer } from "./types";

const WEIGHT = { critical: 0, warning: 1, info: 2 };
const PAGE = 100; // so many events the center sends at once

/** One shop in full: its alarms and its last events, more of them when asked. */
export class Story {
  alarms = $state.raw<readonly ShopAlarm[] | null>(null);
  events = $state.raw<readonly Kept[] | null>(null);
  ended = $state(false); // there are no older ones
  failed = $state(false);
  readonly #address: string;
  #kind = "";
  #turn = 0;

  constructor(shop: Pick<Shop, "workshop" | "gateway">) {
    this.#address = `/api/v1/shops/${encodeURIComponent(shop.workshop)}/${encodeURIComponent(shop.gateway)}`;
  }

  /** Take the newest events of a kind ("": of all) and what was already read behind them. */
  async refresh(kind: string): Promise<void> {
    const turn = ++this.#turn;
    const answer = await this.#ask(kind, null);
    if (turn !== this.#turn) return; // a later question is on its way: its answer counts
    this.failed = answer === null;
    if (!answer) return;
    const known = kind === this.#kind ? (this.events ?? []) : [];
    const fresh = new Set(answer.events.map((event) => event.id));
    const joins = known.some((event) => fresh.has(event.id));
    if (!joins) this.ended = answer.events.length < PAGE;
    this.#kind = kind;
    this.events = joins ? [...answer.events, ...known.filter((event) => !fresh.has(event.id))] : answer.events;
    this.alarms = [...answer.alarms].sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || b.since - a.since);
  }

  /** Take the page before the oldest known event. */
  async more(): Promise<void> {
    const turn = ++this.#turn, last = this.events?.[this.events.length - 1];
    const answer = await this.#ask(this.#kind, last?.id ?? null);
    if (turn !== this.#turn) return;
    this.failed = answer === null;
    if (!answer) return;
    this.ended = answer.events.length < PAGE;
    this.events = [...(this.events ?? []), ...answer.events];
  }

  async #ask(kind: string, before: string | null): Promise<ShopAnswer | null> {
    const query = new URLSearchParams({ ...(kind && { kind }), ...(before && { before }) });
    const response = await fetch(`${this.#address}?${query}`).catch(() => null);
    if (!response?.ok) return null;
    return (await response.json().catch(() => null)) as ShopAnswer | null;
  }
}
