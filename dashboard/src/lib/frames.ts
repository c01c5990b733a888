import { flushSync } from "svelte";

const BUDGET_MS = 5; // of script in a frame: what follows it, layout and paint, costs as much again
const UNSEEN_MS = 5000;

type Changes = Map<string, () => void>;

/** Changes that wait for their frame, those of one tile together; a newer change of the same thing takes the older one's place. */
export class Frames {
  #waiting = new Map<string, Changes>();
  #unseen = new Map<string, Changes>(); // of tiles out of sight: all of them are drawn now and then
  #hidden = new Set<string>();
  #frame = 0;
  #timer = 0;

  /** `after` is done when no change waits for a frame any more. */
  constructor(private readonly after: () => void) {}

  /** `soon`: also when the tile is out of sight. */
  add(tile: string, thing: string, change: () => void, soon = false): void {
    if (soon) this.#move(tile);
    const queue = this.#hidden.has(tile) && !soon ? this.#unseen : this.#waiting;
    const changes = queue.get(tile) ?? new Map<string, () => void>();
    queue.set(tile, changes.set(thing, change));
    if (queue === this.#waiting) this.#ask();
    else this.#timer ||= window.setTimeout(this.#all, UNSEEN_MS);
  }

  /** Say that a tile is out of sight, or came into it. */
  hide(tile: string, hidden: boolean): void {
    if (hidden) this.#hidden.add(tile);
    else this.#hidden.delete(tile);
    if (!hidden) this.#move(tile);
  }

  clear(): void {
    this.#waiting.clear();
    this.#unseen.clear();
  }

  #all = (): void => {
    this.#timer = 0;
    for (const tile of this.#unseen.keys()) this.#move(tile);
  };

  #move(tile: string): void {
    const changes = this.#unseen.get(tile);
    if (!changes) return;
    this.#unseen.delete(tile);
    this.#waiting.set(tile, new Map([...(this.#waiting.get(tile) ?? []), ...changes]));
    this.#ask();
  }

  #ask(): void {
    this.#frame ||= requestAnimationFrame(this.#draw);
  }

  #draw = (): void => {
    const end = performance.now() + BUDGET_MS;
    for (const [tile, changes] of this.#waiting) {
      this.#waiting.delete(tile);
      flushSync(() => changes.forEach((change) => change()));
      if (performance.now() > end) break;
    }
    this.#frame = this.#waiting.size ? requestAnimationFrame(this.#draw) : 0;
    if (!this.#frame) this.after();
  };
}
