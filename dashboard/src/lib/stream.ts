const OPENING_MS = 8_000; // no answer: what was asked is lost, or the address is
const SILENCE_MS = 15_000; // three heartbeats missed: the connection is dead even if the browser holds it open
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 4_000; // however long the gateway was away: a screen that nobody touches comes back in seconds
const TURNS_MS = 500; // within them those that are left behind try, not all at once
const ALONE_MS = 3_000; // nobody followed: what nobody hears is not told, for on a slow tablet that costs a fifth of a frame
const NAMES = ["snapshot", "change", "scan", "heartbeat"] as const;
type Name = (typeof NAMES)[number];

export interface Listener {
  message(event: Name, data: unknown): void;
  lost(): void;
}

/** What a tab tells the others: a message of the stream; without a name, that it holds the stream no more; of term 0, that it follows. */
interface Told { term: number; name?: Name; data?: string; lost?: boolean }

/**
 * The server-sent events of this browser, of which its tabs share one stream. The tab that was opened or shown last holds
 * it and tells the others; its term is the greatest. A tab that is hidden neither holds nor hears. Where tabs cannot tell
 * each other, each that is seen holds its own. A lost one is opened anew with growing, jittered pauses.
 */
export class Stream {
  #source: EventSource | null = null;
  #others = "BroadcastChannel" in window ? new BroadcastChannel("gongbang-stream") : null;
  #term = 0; // whom we hear, ourselves or another tab
  #holds = false;
  #tells_until_ms = 0; // as the steady clock says
  #whole = false; // a snapshot was heard, and all that came since
  #wanted = false;
  #retry_ms = FIRST_RETRY_MS;
  #timer = 0;

  constructor(private readonly address: string, private readonly listener: Listener) {
    document.addEventListener("visibilitychange", () => this.now());
    window.addEventListener("pagehide", () => this.#close());
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.now());
    window.addEventListener("online", () => this.now());
    this.#others?.addEventListener("message", ({ data }) => this.#hear(data as Told));
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.now();
  }

  stop(): void {
    this.#wanted = false;
    this.#close();
  }

  /** The gateway is there: do not wait any longer. */
  answered(): void {
    if (!this.#whole) this.now();
  }

  /** Connect at once, leaving out the pause. */
  now(): void {
    this.#close();
    if (!this.#wanted || document.hidden) return;
    const source = (this.#source = new EventSource(this.address));
    source.onopen = () => this.#wait(SILENCE_MS, () => this.#lost());
    source.onerror = () => this.#lost();
    for (const name of NAMES) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        if (!this.#holds) {
          this.#term = Math.max(Date.now(), this.#term) + Math.random(); // later than all, and nobody else's
          this.#tells_until_ms = performance.now() + ALONE_MS;
        }
        this.#holds = true;
        if (performance.now() < this.#tells_until_ms) this.#tell({ term: this.#term, name, data });
        this.#take(name, data);
      });
    }
    this.#wait(OPENING_MS, () => this.#lost());
  }

  #take(name: Name, data: string): void {
    this.#whole ||= name === "snapshot";
    this.#retry_ms = FIRST_RETRY_MS;
    this.#wait(SILENCE_MS, () => this.#lost());
    this.listener.message(name, JSON.parse(data));
  }

  /** Another tab speaks. It is followed from a snapshot on, or from our own stream, which runs as far as its. */
  #hear({ term, name, data, lost }: Told): void {
    if (!this.#wanted || document.hidden) return;
    if (term > this.#term && (name === "snapshot" || this.#holds)) {
      const whole = this.#whole;
      this.#holds = false; // nobody is left behind by it
      this.#close();
      this.#term = term;
      this.#whole = whole;
      this.#tell({ term: 0 });
    } else if (this.#holds) return this.#followed();
    if (term !== this.#term) return;
    if (name && data && (this.#whole || name === "snapshot")) return this.#take(name, data);
    if (name || !this.#whole) return;
    this.#whole = false;
    if (lost) this.listener.lost();
    this.#wait(Math.random() * TURNS_MS, () => this.now());
  }

  /** Somebody is there: go on telling; who comes late may have missed something, and has to have a snapshot. */
  #followed(): void {
    if (performance.now() > this.#tells_until_ms) this.now();
    else this.#tells_until_ms = Infinity;
  }

  #lost(): void {
    this.#close(true);
    this.listener.lost();
    this.#wait(this.#retry_ms * (0.5 + Math.random()), () => this.now());
    this.#retry_ms = Math.min(this.#retry_ms * 2, LAST_RETRY_MS);
  }

  #close(lost = false): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    if (this.#holds) this.#tell({ term: this.#term, lost });
    this.#holds = this.#whole = false;
  }

  #tell(told: Told): void {
    this.#others?.postMessage(told);
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(then, ms);
  }
}
