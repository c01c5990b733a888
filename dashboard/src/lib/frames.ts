const PER_FRAME = 25; // 200 tiles at once are a frame of 110 ms; 25 keep it near 20

/** Changes that wait for their frame; a newer change of the same thing takes the older one's place. */
export class Frames {
  #waiting = new Map<string, () => void>();
  #frame = 0;

  add(key: string, change: () => void): void {
    this.#waiting.set(key, change);
    if (!this.#frame) this.#frame = requestAnimationFrame(this.#draw);
  }

  clear(): void {
    this.#waiting.clear();
  }

  #draw = (): void => {
    let left = PER_FRAME;
    for (const [key, change] of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(key);
      change();
    }
    this.#frame = this.#waiting.size ? requestAnimationFrame(this.#draw) : 0;
  };
}
