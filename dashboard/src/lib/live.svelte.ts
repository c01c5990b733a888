import { anew, kept, typing } from "../shell/install.svelte";
import { Cells } from "./cells.svelte";
import { Frames } from "./frames";
import { session } from "./session.svelte";
import { Stream } from "./stream";
import { time, type Freshness } from "./time.svelte";
import { extend } from "./trend";
import type { Alarm, Call, Component, Machine, Point, Scan, Snapshot } from "./types";

const SCANS_KEPT = 50;

class Live {
  machines = new Cells<Machine>();
  points = new Cells<Point>();
  components = new Cells<Component>();
  alarms = $state.raw<readonly Alarm[]>([]);
  scans = $state.raw<readonly Scan[]>([]);
  calls = $state.raw<readonly Call[]>([]); // who waits for help, the longest first
  newer = $state(false); // there is another build of this page, which waits until nothing is half typed
  connected = $state(false); // the stream stands, as far as the browser knows
  lastAlarm_ts = $state<number | null>(null);
  readonly frames = new Frames(() => { this.machines.settle(); this.points.settle(); });
  #drawn = new Map<string, string>(); // by point: the machine whose tile draws it
  #build = kept;
  #stream = new Stream("/api/v1/stream", { message: (event, data) => this.#take(event, data), lost: () => this.#lost() });

  get freshness(): Freshness {
    return time.freshness;
  }

  start(): void {
    session.answered = () => this.#stream.answered();
    this.#stream.start();
  }

  stop(): void {
    this.#stream.stop();
  }

  reconnect(): void {
    this.#stream.now();
  }

  #lost(): void {
    this.connected = false;
    time.miss();
    void session.load();
  }

  #take(event: string, data: unknown): void {
    this.connected = true;
    if (event === "scan") return this.#scan([data as Scan]);
    const message = data as Partial<Snapshot>;
    if (message.ts !== undefined) time.hear(message.ts);
    if (message.build !== undefined) this.#sameBuild(message.build);
    if (event === "snapshot") this.#snapshot(data as Snapshot);
    else if (event === "change") this.#change(message);
  }

  #snapshot(snapshot: Snapshot): void {
    this.frames.clear();
    this.machines.replace(snapshot.machines);
    this.#drawn = new Map(snapshot.machines.flatMap((machine) => machine.values.map((point) => [point, machine.name] as const)));
    this.points.replace(snapshot.points);
    this.components.replace(snapshot.components);
    this.#alarms(snapshot.alarms);
    this.lastAlarm_ts = snapshot.last_alarm_ts;
    this.calls = snapshot.calls ?? [];
    this.scans = [];
    this.#scan(snapshot.scans);
  }

  /** Entries come whole; `alarms`, when it is there, is the whole list, for an alarm that ended has no entry. */
  #change(change: Partial<Snapshot>): void {
    for (const entry of change.machines ?? []) {
      const turned = entry.state !== this.machines.get(entry.name)?.state; // figures may wait until they are seen, a state may not
      this.frames.add(entry.name, "", () => this.machines.put(entry), turned);
    }
    for (const entry of change.points ?? []) {
      const tile = this.#drawn.get(entry.name) ?? `: ${entry.name}`;
      this.frames.add(tile, entry.name, () => this.points.put(extend(entry, this.points.get(entry.name))));
    }
    for (const entry of change.components ?? []) this.components.put(entry);
    if (change.components) this.components.settle();
    if (change.alarms) this.#alarms(change.alarms);
    if (change.last_alarm_ts !== undefined) this.lastAlarm_ts = change.last_alarm_ts;
    if (change.calls) this.calls = change.calls;
    if (change.scans) this.#scan(change.scans);
  }

  #alarms(alarms: readonly Alarm[]): void {
    this.alarms = [...alarms].sort(byUrgency);
  }

  #scan(scans: readonly Scan[]): void {
    const known = new Map([...scans, ...this.scans].map((scan) => [scan.id, scan] as const));
    this.scans = [...known.values()].sort((a, b) => b.ts - a.ts || turn(b) - turn(a)).slice(0, SCANS_KEPT);
  }

  /** The daemon was updated under this page: take its new files, for old code and new shapes may not fit. */
  #sameBuild(build: string): void {
    this.newer = this.#build !== null && this.#build !== build && typing();
    if (this.newer) return; // looked at again with the next heartbeat
    if (this.#build !== null && this.#build !== build) void anew();
    this.#build = build;
  }
}

/** Its place in the journal: tickets that were read together have one time. */
const turn = (scan: Scan): number => Number(scan.id.slice(scan.id.lastIndexOf(":") + 1));
const WEIGHT = { critical: 0, warning: 1, info: 2 };
const byUrgency = (a: Alarm, b: Alarm): number =>
  Number(a.acknowledged_by !== null) - Number(b.acknowledged_by !== null) || WEIGHT[a.severity] - WEIGHT[b.severity] || b.since_ts - a.since_ts;

export const live = new Live();
