const SILENCE_MS = 15_000; // three heartbeats missed: the connection is dead even if the browser holds it open
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export interface Listener {
  message(event: "snapshot" | "change" | "scan" | "heartbeat", data: unknown): void;
  lost(): void;
}

/** The one server-sent-event stream of this tab: closed while hidden, opened anew with growing, jittered pauses. */
export class Stream {
  #source: EventSource | null = null;
  #retry_ms = FIRST_RETRY_MS;
  #timer = 0;

  #wanted = false;

  constructor(private readonly address: string, private readonly listener: Listener) {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.now()));
    window.addEventListener("online", () => this.now());
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (!document.hidden) this.now();
  }

  stop(): void {
    this.#wanted = false;
    this.#close();
  }

  /** Connect at once, leaving out the pause. */
  now(): void {
    this.#close();
    if (!this.#wanted) return;
    const source = new EventSource(this.address);
    this.#source = source;
    for (const name of ["snapshot", "change", "scan", "heartbeat"] as const) {
      source.addEventListener(name, (event) => {
        this.#retry_ms = FIRST_RETRY_MS;
        this.#wait(SILENCE_MS, () => this.#lost());
        this.listener.message(name, JSON.parse((event as MessageEvent<string>).data));
      });
    }
    source.onerror = () => this.#lost();
    this.#wait(SILENCE_MS, () => this.#lost());
  }

  #lost(): void {
    this.#close();
    this.listener.lost();
    this.#wait(this.#retry_ms * (0.5 + Math.random()), () => this.now());
    this.#retry_ms = Math.min(this.#retry_ms * 2, LAST_RETRY_MS);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(then, ms);
  }
}
