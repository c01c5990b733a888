/** The shapes of /api/v1. Times are UTC milliseconds (`*_ts`); a text that people see comes in both languages. */

export type Language = "ko" | "en";
export interface Text { ko: string; en: string }

export const STATES = ["alarm", "unknown", "idle", "setup", "run", "off"] as const;
export type State = (typeof STATES)[number];
export type Severity = "critical" | "warning" | "info";
export type Role = "nobody" | "viewer" | "operator" | "owner" | "installer";
export type Answer = "accepted" | "duplicate" | "wrong_order" | "unknown" | "badge_first" | "badge" | "command" | "failed";
export type Sample = [ts: number, value: number | null];

export interface Point {
  name: string;
  device: string;
  driver: string;
  label: Text | null;
  value: number | null;
  unit: string;
  kind: "gauge" | "counter" | "state";
  quality: number;
  quality_name: string;
  ts: number | null;
  trend?: Sample[];
}

export interface Machine {
  name: string;
  label: Text | null;
  group: Text | null;
  station: string | null;
  state: State;
  since_ts: number | null;
  count: number | null;
  target: number | null;
  should_be: number | null;
  last_seen_ts: number | null;
  planned?: boolean; // it is the time to work
  job: { text: string | Text } | null;
  worker: string | null;
  values: string[];
  meters?: string[]; // signals in which something accrues until somebody sets it to zero
}

export interface Alarm {
  rule: string;
  severity: Severity;
  message: Text;
  todo: Text | null;
  machine: string | null;
  since_ts: number;
  value: number | null;
  unit: string | null;
  acknowledged_by: string | null;
  acknowledged_ts: number | null;
  level: number; // steps that it has escalated
  suppresses: number; // alarms that follow from it and were not raised
  raised_10_min: number;
  shelved_until_ts: number | null;
}

/** A rule that is shelved, or an alarm that is not told because another one is its cause. */
export interface Quiet {
  rule: string;
  message: Text;
  because_of: string | null;
  shelved_until_ts: number | null;
}

export interface Scan {
  id: string;
  ts: number;
  station: string;
  station_label: Text | null;
  worker: string | null; // the badge
  worker_name?: string | null;
  answer: Answer;
  answer_text: Text;
  tone?: "ok" | "duplicate" | "refused";
  asks?: { what: string; about: Record<string, unknown> } | null; // what the next ticket answers
  late?: Text | null; // it was held back
  raw: string;
  ticket: Record<string, unknown> | null;
}

/** Somebody called from a station, and nobody has come yet. */
export interface Call {
  station: string;
  station_label: Text | null;
  what: "material" | "machine" | "quality" | null;
  since_ts: number;
  worker: string | null;
  worker_name: string | null;
}

export interface Component {
  name: string;
  kind: "driver" | "engine" | "journal" | "configuration" | "curves" | "publisher" | "action" | "backup" | "printer" | "clock" | "web";
  state: "up" | "down" | "waiting" | "off";
  since_ts: number | null;
  received: number;
  sent: number;
  dropped: number;
  queued: number;
  last_error: string | null;
  detail: Record<string, unknown>;
  advice: Text | null;
}

/** A kept event: `kind` and `source`, and the fields of its kind beside them, as on the wire. */
export interface Happening {
  id: string;
  ts: number;
  kind: string;
  source: string;
  machine?: string;
  state?: State;
  before?: State;
  after_s?: number;
  action?: "raise" | "acknowledge" | "clear" | "shelve" | "unshelve" | "suppress" | "escalate";
  severity?: Severity;
  message?: Text;
  by?: string | null;
}

export interface Session {
  role: Role;
  user?: string; // empty on the gateway's own machine, where nobody has to log in
  setup: boolean;
  csrf: string;
  workshop: { id: string; name: string; language: Language; timezone?: string };
  gateway: string;
  version: string;
  screens?: ("board" | "work" | "alarms" | "scans" | "values" | "trends" | "figures" | "health")[];
  labels?: string[];
  reports?: string[];
  unit?: Unit;
}

/** What the shop counts. */
export type Unit = "piece" | "pair" | "sheet";

export interface Snapshot {
  ts: number;
  build: string;
  points: Point[];
  machines: Machine[];
  alarms: Alarm[];
  last_alarm_ts: number | null;
  scans: Scan[];
  calls?: Call[];
  components: Component[];
}
