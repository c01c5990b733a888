import { untrack } from "svelte";
import { live } from "./live.svelte";
import { time } from "./time.svelte";

const SECOND_MS = 1000, MINUTE_MS = 60_000;
const told = (length_ms: number): number => (length_ms < MINUTE_MS ? -Math.floor(length_ms / SECOND_MS) : Math.floor(length_ms / MINUTE_MS));

/** By when a tile says how long its state has lasted. It moves only when the words change, and each tile's in its own frame. */
export class Lasting {
  by = $state(untrack(() => time.told));

  constructor(tile: string, since_ts: () => number | null) {
    $effect(() => time.each((now) => {
      const ts = since_ts() ?? now;
      if (told(now - ts) !== told(this.by - ts)) live.frames.add(tile, "lasting", () => (this.by = now));
    }));
  }
}
