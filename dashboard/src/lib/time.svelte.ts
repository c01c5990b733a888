const STALE_S = 10;
const PAST_S = 60;

/** fresh: as it is now. stale: nothing heard for 10 s. past: for 60 s, so what is shown was, and is not. */
export type Freshness = "waiting" | "fresh" | "stale" | "past";

/** The server's time, second by second, and how long ago it was last heard. */
class Time {
  now = $state(Date.now());
  own = $state(Date.now()); // of the device that shows this
  heard = $state<number | null>(null); // the server's time at its last message
  silent_s = $state(0);
  /** The time that the screen tells of: now, or the last message when there was none for long. */
  told = $derived(this.silent_s >= STALE_S && this.heard !== null ? this.heard : this.now);
  freshness = $state<Freshness>("waiting"); // set, not derived: what asks for it is not looked at every second
  #offset_ms = 0;
  #heardWall = Date.now();
  #heardSteady = performance.now();
  #seconds = new Set<(told: number) => void>();

  constructor() {
    setInterval(() => this.#tick(), 1000);
  }

  hear(ts: number): void {
    this.#offset_ms = ts - Date.now();
    this.#heardWall = Date.now();
    this.#heardSteady = performance.now();
    this.heard = ts;
    if (this.freshness !== "fresh") this.#tick();
  }

  /** The server did not answer: who never heard of it is told at once, and not after a while. */
  miss(): void {
    if (this.heard === null) this.#heardWall = 0;
    this.#tick();
  }

  /** Call it with what is told at each second, until the answer is called. */
  each(second: (told: number) => void): () => void {
    this.#seconds.add(second);
    return () => void this.#seconds.delete(second);
  }

  /** The steady clock stops while a tablet sleeps, the wall clock may be set: the larger one is the honest age. */
  #tick(): void {
    this.own = Date.now();
    this.now = this.own + this.#offset_ms;
    this.silent_s = Math.max(Date.now() - this.#heardWall, performance.now() - this.#heardSteady) / 1000;
    if (this.silent_s >= STALE_S) this.freshness = this.silent_s >= PAST_S ? "past" : "stale";
    else this.freshness = this.heard === null ? "waiting" : "fresh";
    for (const second of this.#seconds) second(this.told);
  }
}

export const time = new Time();
