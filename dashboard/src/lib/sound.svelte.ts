import type { Answer, Scan } from "./types";

type Beep = readonly [from_hz: number, to_hz: number, ms: number];
const GAP_MS = 80, VOLUME = 0.4;
const OK: readonly Beep[] = [[1000, 1600, 100]];
const TWICE: readonly Beep[] = Array<Beep>(2).fill([700, 700, 120]);
const NO: readonly Beep[] = Array<Beep>(3).fill([520, 520, 150]);
/** Told apart by their rhythm: ears differ less in counting than in pitch. */
const SOUNDS: Record<Answer, readonly Beep[]> = { accepted: OK, badge: OK, command: OK, duplicate: TWICE, wrong_order: NO, unknown: NO, badge_first: NO, failed: NO };
const TONES = { ok: OK, duplicate: TWICE, refused: NO };

/** The kiosk's sound. Browsers are silent until the page was touched, unless they were started to play: `on` tells. */
class Sound {
  on = $state(false);
  #context: AudioContext | null = null;

  /** Make ready; from within a touch it also wakes up a browser that keeps pages silent. */
  async wake(): Promise<void> {
    this.#context ??= new AudioContext();
    const resumed = this.#context.resume();
    await Promise.race([resumed, new Promise((done) => setTimeout(done, 300))]).catch(() => undefined);
    this.on = this.#context.state === "running";
  }

  play(answer: Answer, tone?: Scan["tone"]): void {
    const context = this.#context;
    if (!context || context.state !== "running") return;
    let at = context.currentTime;
    for (const [from, to, ms] of tone ? TONES[tone] : (SOUNDS[answer] ?? NO)) {
      const tone = context.createOscillator(), loud = context.createGain(), end = at + ms / 1000;
      tone.frequency.setValueAtTime(from, at);
      tone.frequency.linearRampToValueAtTime(to, end);
      loud.gain.setValueAtTime(VOLUME, at);
      loud.gain.linearRampToValueAtTime(0, end);
      tone.connect(loud).connect(context.destination);
      tone.start(at);
      tone.stop(end);
      at = end + GAP_MS / 1000;
    }
  }
}

export const sound = new Sound();
