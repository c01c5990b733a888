import { time } from "../lib/time.svelte";
import type { Language } from "../lib/types";
import { keyOf, type Counts, type FleetAnswer, type Self, type Shop } from "./types";

const EVERY_MS = 2_000;
const FIRST_MS = 1_000; // longer than this a screen must not be empty
const ANSWER_MS = 8_000; // a request that hangs must not keep the next one from being tried

/** All shops as the center knows them, asked for every two seconds while somebody looks. */
class Fleet {
  shops = $state.raw<readonly Shop[]>([]);
  counts = $state.raw<Counts | null>(null);
  self = $state.raw<Self | null>(null);
  version = $state("");
  /** Nothing new comes: the center is not heard, or hears nobody itself. */
  deaf = $derived(time.freshness === "stale" || time.freshness === "past" || this.self?.broker.connected === false);
  barred = $state(false); // the center wants its access word first
  /** When the last news of any shop came. */
  last = $derived(this.shops.reduce<number | null>((newest, shop) => (shop.last !== null && shop.last > (newest ?? 0) ? shop.last : newest), null));
  #known = new Map<string, Shop>();
  #build: string | null = null;
  #timer = 0;
  #asking: AbortController | null = null;
  #first: (language: Language | null) => void = () => {};

  /** Begin; returns what tells the first answer's language (null when none comes soon). */
  start(): Promise<Language | null> {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.now()));
    window.addEventListener("online", () => this.now());
    if (!document.hidden) this.now();
    return new Promise((done) => {
      this.#first = done;
      setTimeout(() => done(null), FIRST_MS);
    });
  }

  /** Ask at once. */
  now(): void {
    this.#pause();
    void this.#ask();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  async #ask(): Promise<void> {
    const asking = (this.#asking = new AbortController());
    const limit = setTimeout(() => asking.abort(), ANSWER_MS);
    try {
      const response = await fetch("/api/v1/fleet", { signal: asking.signal }); // the first answer is the one that the page preloads
      if (response.ok) this.#take((await response.json()) as FleetAnswer);
      this.barred = response.status === 401;
      this.#first(null);
    } catch { /* no news: the age and the banner tell it */
    } finally {
      clearTimeout(limit);
      if (this.#asking === asking && !document.hidden && !this.barred) this.#timer = window.setTimeout(() => void this.#ask(), EVERY_MS);
    }
  }

  #take(answer: FleetAnswer): void {
    if (this.#build !== null && this.#build !== answer.build) location.reload(); // the center was updated under this page
    this.#build = answer.build;
    time.hear(answer.now);
    this.version = answer.version;
    this.counts = answer.counts;
    this.self = answer.center;
    const shops = answer.shops.map((shop) => {
      const known = this.#known.get(keyOf(shop));
      return known && same(known, shop) ? known : shop; // what stays the same one is not drawn again
    });
    this.#known = new Map(shops.map((shop) => [keyOf(shop), shop]));
    this.shops = shops;
    this.#first(answer.language);
  }
}

const same = (a: Shop, b: Shop): boolean => (Object.keys(b) as (keyof Shop)[]).every((key) => a[key] === b[key]);

export const fleet = new Fleet();
