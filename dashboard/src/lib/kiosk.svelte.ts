import { Refused, session } from "./session.svelte";
import type { Text } from "./types";
import { asked } from "./trends";

export interface Labelled { code: string; label: Text }
export interface Order { order: string; label: string | null; due: string | null; operations: string[] }

/** What stands at a station, as the gateway tells it. Times are UTC milliseconds. */
export interface Standing {
  workers: { worker: string; worker_name: string | null; language: "ko" | "en" | null }[];
  waits: { what: string; about: Record<string, unknown>; until_ts: number } | null;
  job: { order: string; operation: string | null; operation_label: Text | null; running: boolean } | null;
  reasons_told: Record<string, number>; // by machine; "": the station as a whole
  defects: Labelled[];
  reasons: Labelled[];
  orders: Order[];
  operations: Record<string, Text>;
  keys: boolean; // this browser may press them
  kiosks: number | null; // tablets that stand there; for owners
}

const TRIES = 20, PAUSE_MS = 1000, ID_BYTES = 16;

/** The kiosk of a station: what stands there, and its keys. A key is the scan of its ticket; the answer comes by the stream. */
export class Kiosk {
  standing = $state.raw<Standing | null>(null);
  sending = $state<string | null>(null); // the ticket that is on its way
  refusal = $state("");

  #station = ""; // plain: it is read after the screen may have gone

  async look(station = this.#station): Promise<void> {
    this.#station = station;
    const found = await asked<Standing>(`stations/${encodeURIComponent(station)}`, {});
    if (found && station === this.#station) this.standing = found;
  }

  /** Press keys one after the other. */
  press(...tickets: string[]): Promise<void> {
    return this.#give("keys", tickets.map((ticket) => ({ ticket })));
  }

  /** Give what the camera read. */
  scan(code: string): Promise<void> {
    return this.#give("scans", [{ code }]);
  }

  /** One after the other. What was sent and not answered is sent again with the same id: it counts once. */
  async #give(way: "keys" | "scans", all: readonly ({ ticket: string } | { code: string })[]): Promise<void> {
    if (this.sending !== null) return;
    this.refusal = "";
    const read = Date.now();
    try {
      for (const one of all) {
        this.sending = "ticket" in one ? one.ticket : one.code;
        await this.#send(way, { ...one, id: id() }, read);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refusal = error.message;
    } finally {
      this.sending = null;
      void this.look();
    }
  }

  async #send(way: string, one: { id: string }, read: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await session.post(`stations/${encodeURIComponent(this.#station)}/${way}`, { ...one, age_s: Math.max(0, Date.now() - read) / 1000 });
      } catch (error) {
        if (!(error instanceof Refused && error.away && tries < TRIES)) throw error;
        await new Promise((done) => setTimeout(done, PAUSE_MS));
      }
    }
  }

  /** Make this browser the station's kiosk, or forget the station's kiosks. */
  async stand(on: boolean): Promise<void> {
    this.refusal = "";
    try {
      await session.post(`stations/${encodeURIComponent(this.#station)}/kiosk`, { on });
      await session.load();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refusal = error.message;
    }
    await this.look();
  }
}

/** At random; `randomUUID` is there over HTTPS alone. */
const id = (): string => [...crypto.getRandomValues(new Uint8Array(ID_BYTES))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** A name of the configuration as tickets spell it. */
export const spelt = (name: string): string => name.toUpperCase().replaceAll("_", "-");

/** The commands by which a question may be answered, besides giving it up; numbers and papers come otherwise. */
export const REPLIES: Record<string, readonly string[]> = {
  split: ["SPLIT"], job: ["START", "SETUP", "STOP"], leave: ["LOGOUT"], takeover: ["STOP"], lot: ["ISSUE", "RETURN", "RECOVER"],
};
/** Questions to which a number of pieces belongs, and those to which the bundle does that was scanned last. */
export const COUNTED = new Set(["quantity", "defect", "repair", "scrap", "split", "short", "job", "job_quantity"]);
export const BUNDLED = new Set(["defect", "repair", "scrap", "split", "short"]);
