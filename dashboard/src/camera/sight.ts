const GONE_MS = 3000; // as for the gateway's own cameras

/** Which code in front of a camera is told, and when: one that stands there alone, at two looks, and once until it was gone. */
export class Sight {
  several = false; // codes are in view: nobody can tell which one is meant
  #before = ""; // what stood there alone at the look before
  #told = "";
  #there = false; // what was told was in view at the look before; when it was last:
  #seen_ms = 0;

  /** Take what a look saw, and when (ms of a steady clock); return the code that is to be told now. */
  look(codes: readonly string[], now_ms: number): string | null {
    const seen = new Set(codes), code = seen.size === 1 ? codes[0]! : "", sure = code !== "" && code === this.#before;
    this.several = seen.size > 1;
    this.#before = code;
    if (!this.#there && now_ms - this.#seen_ms > GONE_MS) this.#told = ""; // who does not look for a while sees nothing go
    const due = sure && code !== this.#told;
    if (due) this.#told = code;
    this.#there = seen.has(this.#told);
    if (this.#there) this.#seen_ms = now_ms;
    return due ? code : null;
  }
}

/** What is told of looks, each `[ms, ...codes]`. */
export function told(looks: readonly (readonly [number, ...string[]])[]): string[] {
  const sight = new Sight();
  return looks.map(([now_ms, ...codes]) => sight.look(codes, now_ms)).filter((code) => code !== null);
}
