// Plays a recorded snapshot through the API that the daemon serves: for working on the screens, and for their tests.
//   node dev/server.mjs [--snapshot sewing|calm|long|empty|ends] [--port 8099] [--machines 200] [--role nobody|viewer|operator|owner] [--setup] [--behind 3600] [--at MS] [--answers FILE]
// Times in a recording are milliseconds before "now" (negative). /dev/* steers: stop, go, drop, change, scan, snapshot; /dev/seen tells.

import "./clock.mjs";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as access from "./access.mjs";
import * as office from "./office.mjs";
import { work as workOf } from "./work.mjs";

const { values: options } = parseArgs({
  options: {
    snapshot: { type: "string", default: "sewing" },
    port: { type: "string", default: "8099" },
    machines: { type: "string" },
    role: { type: "string", default: "viewer" },
    setup: { type: "boolean", default: false },
    behind: { type: "string", default: "0" }, // s
    still: { type: "boolean", default: false }, // values do not move
    at: { type: "string" }, // the clock stands still there
    static: { type: "string" }, // the built screens
    answers: { type: "string" }, // JSON: what is answered besides, by path and query; a text is a picture's bytes in base64
    plain: { type: "boolean", default: false }, // names as most shops have them
    naughty: { type: "string", default: "[]" }, // names of people, styles and notes, as JSON
  },
});

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const STATIC = options.static ?? here("../../gateway/web/static/");
const PASSWORD = "workshop-17", CODE = "04217733", CSRF = "a-token";
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const TYPES = { ".wasm": "application/wasm", ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json", ".txt": "text/plain" };

const answers = options.answers ? JSON.parse(readFileSync(options.answers, "utf8")) : {};
const recording = JSON.parse(readFileSync(here(`./${options.snapshot}.json`), "utf8"));
let behind = Number(options.behind) * 1000; // our clock is so much behind
const now = () => Date.now() - behind;
const started = now();
const present = (value, key = "") =>
  Array.isArray(value) ? (key === "trend" ? value.map(([ts, v]) => [started + ts, v]) : value.map((v) => present(v)))
  : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, present(v, k)]))
  : typeof value === "number" && /(^|_)(ts|ms)$/.test(key) ? started + value : value;

const shop = present(recording);
if (existsSync(join(STATIC, "index.html"))) shop.build = createHash("sha256").update(readFileSync(join(STATIC, "index.html"))).digest("hex").slice(0, 12);
if (options.machines) multiply(Number(options.machines));
let role = options.setup ? "nobody" : options.role, setup = options.setup, stopped = false, second = 0, pictures = 0;
const browsers = new Set(), posts = [];

function multiply(count) {
  const [machine, point] = [shop.machines[0], shop.points[0]];
  shop.machines = Array.from({ length: count }, (_, i) => ({ ...machine, name: `m_${i}`, label: { ko: `기계 ${i}`, en: `Machine ${i}` }, values: [`m_${i}.power`] }));
  shop.points = shop.machines.map((m) => ({ ...point, name: `${m.name}.power`, device: m.name }));
}

const message = (event, data) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const tell = (event, data) => { if (!stopped) for (const browser of browsers) browser.write(message(event, data)); };
const snapshot = () => ({ ts: now(), build: shop.build, points: shop.points, machines: shop.machines, alarms: shop.alarms, last_alarm_ts: shop.last_alarm_ts, scans: shop.scans, calls: shop.calls ?? [], components: shop.components });

/** The recorded trend, played backwards and forwards so that it never jumps. */
function pace(trend, step) {
  const i = step % (2 * trend.length - 2);
  return trend[Math.abs(trend.length - 1 - i)][1];
}

/** One second of the shop: every good value moves on. */
function play() {
  second += 1;
  if (!options.still && !stopped) {
    for (const point of shop.points) {
      if (point.quality >= 16 || point.value === null) continue;
      point.ts = now();
      if (point.kind === "counter") point.value += 1;
      else if (point.kind === "gauge") point.value = pace(point.trend, second) ?? point.value;
    }
    const moved = shop.points.filter((point) => point.ts >= now() - 900).map(({ trend, ...rest }) => rest);
    if (moved.length) tell("change", { ts: now(), points: moved });
  }
  if (second % 5 === 0) tell("heartbeat", { ts: now(), build: shop.build });
}

/** Take changed entries into the shop and tell them; `alarms` is the whole list. */
function change(part) {
  for (const key of ["machines", "points", "components"]) {
    for (const entry of part[key] ?? []) {
      const i = shop[key].findIndex((known) => known.name === entry.name);
      shop[key][i] = { ...shop[key][i], ...entry };
    }
  }
  if (part.alarms) shop.alarms = part.alarms;
  if (part.calls) shop.calls = part.calls;
  if (part.build) shop.build = part.build;
  const whole = (key) => part[key]?.map(({ name }) => shop[key].find((entry) => entry.name === name));
  tell("change", { ts: now(), ...part, machines: whole("machines"), points: whole("points"), components: whole("components") });
}

/** A past that swings about the present value; of each day the ninth to the eleventh hour back were not kept, and nothing of counters. */
function past(query) {
  const point = shop.points.find(({ name }) => name === query.get("point")), to = Number(query.get("to")), from = Number(query.get("from"));
  const step_s = to - from <= 90_000_000 ? 60 : 3600, step = step_s * 1000, rows = [];
  for (let ts = Math.ceil(from / step) * step; point?.kind === "gauge" && ts < to; ts += step) {
    const hour = (ts / 3_600_000) % 24, back = ((to - ts) / 3_600_000) % 24, mean = (point.value ?? 20) * (1 + 0.2 * Math.sin(hour / 3.8) + 0.05 * Math.sin(ts / 4e5));
    if (back < 8 || back >= 11) rows.push([ts, step_s, mean, mean * 0.9, mean * (1.05 + 0.05 * Math.sin(ts / 7e6)), mean]);
  }
  return { point: query.get("point"), step_s, from, to, fields: ["ts", "count", "mean", "min", "max", "last"], rows };
}

/** Samples every two seconds about the present value; the middle tenth of a stretch was never read. */
function samples(query) {
  const point = shop.points.find(({ name }) => name === query.get("point")), to = Number(query.get("to")), from = Number(query.get("from")), rows = [];
  const step = Math.max(2000, (to - from) / 1500);
  for (let ts = from; point?.kind === "gauge" && ts < to; ts += step) {
    const part = (ts - from) / (to - from), value = (point.value ?? 20) * (1 + 0.1 * Math.sin(ts / 3e4));
    if (part < 0.45 || part > 0.55) rows.push([ts, 1, value, value, value, value]);
  }
  return { point: query.get("point"), from, to, step_s: 0, fields: ["ts", "count", "mean", "min", "max", "last"], rows };
}

/** Each machine runs, stands still and is set up in turns, and was not heard of in the beginning. */
function states(query) {
  const from = Number(query.get("from")), to = Number(query.get("to")), turns = ["unknown", "run", "idle", "run", "setup", "run", "alarm", "run"];
  const one = turns.map((state, i) => [Math.round(from + ((to - from) * i) / turns.length), state]);
  const names = shop.machines.map(({ name }) => name).filter((name) => [null, name].includes(query.get("machine")));
  return { from, to, states: Object.fromEntries(names.map((name) => [name, one])) };
}

function raised(query) {
  const from = Number(query.get("from")), to = Number(query.get("to"));
  const alarms = shop.alarms.map((alarm, i) => ({ id: `a:${i}`, ...alarm, raised_ts: from + ((to - from) * (i + 1)) / (shop.alarms.length + 1), cleared_ts: i ? to : null, duration_s: null }));
  return { from, to, alarms, rules: [], complete: true };
}

const ratio = (numerator, denominator, coverage) => ({ value: denominator ? numerator / denominator : null, numerator, denominator, coverage });
/** Eight planned hours of each machine; the first ones lack what the figure needs, and say so. */
function oee() {
  const of = ({ name }, i) => {
    const planned_s = i === 3 ? 0 : 28800, unknown = i === 2 ? 12000 : 600, covered = Math.max(0, planned_s - unknown);
    const seconds = { unknown: planned_s && unknown, off: covered * 0.03, idle: covered * (0.08 + 0.01 * i), setup: covered * 0.05, alarm: covered * 0.02, run: covered * (0.82 - 0.01 * i) };
    const coverage = planned_s ? covered / planned_s : null, produced = Math.round(seconds.run / 40);
    const availability = ratio(seconds.run, covered, coverage), effectiveness = i === 1 ? null : { ...ratio(36 * produced, seconds.run, coverage), above_one: false }, quality = i ? null : ratio(produced - 9, produced, coverage);
    const product = (...all) => (all.some((one) => one?.value == null) ? null : all.reduce((sum, one) => sum * one.value, 1));
    return {
      machine: name, planned_s, seconds, setup_s: seconds.setup, pieces: { produced, outside_plan: i, not_covered: i === 2 ? 41 : 0, missed_estimate: 0, bounced: 0 },
      oee: { formula: "ISO 22400-2:2014 / 1", oee: product(availability, effectiveness, quality), without_quality: product(availability, effectiveness), not_known: [], availability, effectiveness, quality },
      stops: { micro: 14, micro_s: 620, long: 5, long_s: 3100 }, cycles: {}, downtime: i ? {} : { LUNCH: { stops: 2, s: 2400 }, "": { stops: 3, s: 700 } },
    };
  };
  return shop.machines.map(of);
}

function energy(query) {
  const i = shop.machines.findIndex(({ name }) => name === query.get("machine")), by_state_kwh = { unknown: 0, off: 0.01, idle: 0.21, setup: 0.12, run: 3.42, alarm: 0.04 };
  if (i > 2 || i < 0) return null;
  return { machine: query.get("machine"), point: "m.energy", formula: "energy / 1", kwh: 3.8, standby_kwh: 0.22, by_state_kwh, per_piece: ratio(3.8, 590, 0.98), per_piece_run: ratio(3.42, 590, 0.98), peak: { ts: started - 5_400_000 - ((started - 5_400_000) % 900_000), kw: 1.24, minutes: 14 }, coverage: 0.98 };
}

/** The day in Seoul and two shifts of it. */
function periods(query) {
  const DAY = 86_400_000, at = Number(query.get("at") ?? now()), from = Math.floor((at + 9 * 3_600_000) / DAY) * DAY - 9 * 3_600_000, hour = (h) => from + h * 3_600_000;
  const monday = from - ((new Date(from + 9 * 3_600_000).getUTCDay() + 6) % 7) * DAY, there = new Date(from + 9 * 3_600_000), month = (more) => Date.UTC(there.getUTCFullYear(), there.getUTCMonth() + more, 1) - 9 * 3_600_000;
  return { from, to: from + DAY, week: { from: monday, to: monday + 7 * DAY }, month: { from: month(0), to: month(1) }, shifts: [{ name: "morning", label: { ko: "오전조", en: "Morning" }, from: hour(8), to: hour(16) }, { name: "evening", label: null, from: hour(16), to: hour(24) }] };
}

/** Causes of a period, the greatest first; of one machine a third of it, and no defects. */
function causes(query) {
  const one = query.get("machine"), [first, second] = shop.machines.map(({ name }) => name);
  const falling = (all) => { const total = all.reduce((sum, [, value]) => sum + value, 0); let sum = 0; return all.map(([code, value, parts, more]) => ({ code, value, share: value / total, sum: (sum += value) / total, parts, ...more })); };
  const stood = (code, value, stops, planned = false) => [code, one ? value / 3 : value, [{ of: one ?? first, value: one ? value / 3 : value * 0.6 }, ...(one || !second ? [] : [{ of: second, value: value * 0.4 }])], { stops, planned }];
  const wrong = (code, value, of) => [code, value, [{ of, value }], {}];
  const stops = shop.machines.length ? [stood("LUNCH", 7200, 2, true), stood("", 5100, 11), stood("NEEDLE", 2460, 6), stood("MATERIAL", 1500, 3), stood("THREAD", 700, 5), stood("MEETING", 600, 1, true), stood("QUALITY", 420, 2), stood("POWER", 240, 1), stood("CLEANING", 180, 2), stood("OTHER", 60, 1)] : [];
  const defects = one ? [] : [wrong("SKIP", 31, "SLEEVE"), wrong("STAIN", 12, "FRONT"), wrong("LENGTH", 6, "CUT"), wrong("SCRAP", 3, "CUT"), wrong("HOLE", 1, "FRONT")];
  const named = (codes) => Object.fromEntries(coded(codes).map(({ code, label }) => [code, label]));
  const labels = { reasons: named([["LUNCH", "점심", "Lunch"], ["NEEDLE", "바늘 부러짐", "Broken needle"], ["MATERIAL", "자재 없음", "No material"], ["MEETING", "조회", "Meeting"], ["QUALITY", "품질 문제 기다림", "Waiting for quality"]]), defects: named(CODES), operations: OPERATIONS };
  return { from: Number(query.get("from")), to: Number(query.get("to")), formula: "pareto / 1", machine: one, stops: falling(stops), defects: falling(defects), labels };
}

/** Two control charts: one that has left its limits, one that still learns. */
function charts() {
  if (!shop.machines.length) return { charts: [] };
  const rules = [["관리한계(3시그마)를 벗어났어요", "beyond the control limits (3 sigma)"], ["3점 중 2점이 2시그마 밖이에요", "2 of 3 points beyond 2 sigma"], ["5점 중 4점이 1시그마 밖이에요", "4 of 5 points beyond 1 sigma"], ["8점 연속 한쪽에 있어요", "8 points in a row on one side"]].map(([ko, en]) => ({ ko, en }));
  const oven = Array.from({ length: 60 }, (_, i) => { const value = 82 + 0.9 * Math.sin(i * 2.3) + 0.5 * Math.sin(i * 0.9) + (i === 38 ? 4.4 : 0) - (i > 52 ? 1.9 : 0); return [i < 4 ? null : started - (60 - i) * 600_000, value, i < 20 ? null : i === 38 || i === 54 ? 1 : i === 56 ? 3 : i === 59 ? 4 : 0, null]; });
  const ring = Array.from({ length: 14 }, (_, i) => [started - (14 - i) * 90_000, 12.0 + 0.02 * Math.sin(i * 1.7), null, null]);
  const chart = (name, ko, en, unit, more) => ({ name, label: { ko, en }, value: `${name}.value`, machine: null, unit, rule_set: "western_electric", rules, baseline: "first", ...more });
  return { charts: [chart("ring", "반지 안지름", "Ring's inner diameter", "mm", { count: 25, size: 5, every_s: 0, learned: 56, center: null, sigma: null, low: null, high: null, points: ring }), chart("oven", "다리미 온도", "Iron temperature", "degC", { count: 20, size: 1, every_s: 600, learned: 100, center: 82, sigma: 1, low: 79, high: 85, points: oven })] };
}

const stations = () => [...new Map(shop.scans.map((scan) => [scan.station, { name: scan.station, label: scan.station_label }])).values()];
const CODES = [["STAIN", "얼룩", "Stain"], ["SKIP", "땀 빠짐", "Skipped stitch"], ["HOLE", "구멍", "Hole"], ["LENGTH", "길이가 틀림", "Wrong length"]], OPERATIONS = { CUT: { ko: "재단", en: "Cutting" }, FRONT: { ko: "앞판", en: "Front" }, SLEEVE: { ko: "소매", en: "Sleeve" } };
const coded = (codes) => codes.map(([code, ko, en]) => ({ code, label: { ko, en } }));
/** What stands at every station; /dev/standing changes it. */
let standing = {
  workers: [{ worker: "102", worker_name: "은하", language: null }], waits: null, job: null, reasons_told: {}, defects: coded(CODES), reasons: coded([["LUNCH", "점심", "Lunch"], ["NEEDLE", "바늘 부러짐", "Broken needle"], ["MATERIAL", "자재 없음", "No material"]]),
  orders: ["2611A", "2611B"].map((order) => ({ order, label: "여성 코트", due: "2026-12-04", operations: Object.keys(OPERATIONS) })), operations: OPERATIONS,
};
let kiosk = null; // the station whose kiosk every browser is
const may = (least) => ["viewer", "operator", "owner", "installer"].indexOf(role) >= ["viewer", "operator", "owner", "installer"].indexOf(least);
let quiet = [], copied = 0;
const DAY_MS = 86_400_000;
const backups = () => ({
  backups: [
    { name: "stick", to: "usb", state: "up", running: false, trouble: "", failed: 0, last_copy_ts: copied || now() - DAY_MS / 2, copies: 9, verified: true, said: "", advice: null, next_ts: now() + DAY_MS / 2, files: [], last: {} },
    { name: "office", to: "folder", state: "waiting", running: false, trouble: "gone", failed: 3, last_copy_ts: null, copies: 0, verified: false, said: "/mnt/office: no such folder", advice: { ko: "공유 폴더가 연결되어 있는지 확인해 주세요.", en: "See whether the share is mounted." }, next_ts: now() + 300_000, files: [], last: {} },
  ],
  centers: [{ name: "center", to: "center", state: "up", copy: { ok: true, ms: now() - DAY_MS / 4, witness_ms: now() - DAY_MS / 2, said: [] } }],
});
/** Copies that can be restored: one of a stick, a sealed one, a broken one; a restore takes the first one and says so. */
let restored = null, uploads = 0;
const copyOf = (name, from, days, bytes) => ({ path: `/media/${name}`, name, from, made_ts: now() - days * DAY_MS, bytes });
const restorable = () => [...(uploads ? [copyOf("journal.db.uploaded", "uploaded", 0, uploads)] : []), copyOf("gongbang_shop-17_gw_1_0000031-000000184220_20261130T140000Z.backup", "stick", 0.4, 41_900_000), copyOf("sealed.backup", "office", 1.4, 42_100_000), copyOf("broken.backup", "stick", 2.4, 1_200_000)];
function restoring(path, body) {
  if (path === "restore/upload") return (uploads += body.length || 1), [200, { bytes: uploads }];
  const copy = restorable().find((one) => one.path === body.copy);
  if (!copy) return [404, { detail: { ko: "그 백업이 지금은 없어요.", en: "That copy is not there now." } }];
  if (copy.name === "broken.backup") return [200, { trouble: "broken", said: "broken.backup is no whole copy: File is not a zip file" }];
  if (copy.name === "sealed.backup" && !body.passphrase) return [200, { trouble: "sealed", said: "" }];
  if (path === "restore/look") return [200, { trouble: "", sealed: copy.name === "sealed.backup", workshop: "shop-17", gateway: "gw_1", version: "0.1.0", events: 184_220, made_ts: copy.made_ts, last_ts: copy.made_ts - 60_000, only_here: 37, configuration: "other", fits: true }];
  if (role !== "installer" || body.password !== PASSWORD) return [403, { detail: { ko: "비밀번호가 달라요.", en: "The password is wrong." } }];
  restored = { ok: true, said: "", events: 184_220, made_ts: copy.made_ts, epoch: "1032-ab12", whole: true, aside: "journal.db.replaced-1", configuration: body.configuration ? "taken" : "beside" };
  return [200, { ok: true }];
}
const work = workOf({ now, role: () => role, naughty: JSON.parse(options.naughty), empty: options.snapshot === "empty" });
const session = () => ({ role, user: role === "viewer" || role === "nobody" ? "" : "owner", setup, csrf: CSRF, labels: ["badge", "coupon", "bundle", "command"], reports: ["pay", "wip", "output"], ...shop.session });
const READ = {
  health: () => ({ ok: true, version: shop.session.version }),
  session,
  points: () => ({ points: shop.points }),
  machines: () => ({ machines: shop.machines }),
  alarms: () => ({ alarms: shop.alarms, quiet, last_ts: shop.last_alarm_ts }),
  events: (query) => ({ events: shop.events.filter((e) => !query.get("kind") || e.kind === query.get("kind")).slice(0, Number(query.get("limit") ?? 50)) }),
  "work/scans": () => ({ scans: shop.scans }),
  components: () => ({ components: shop.components }),
  history: past,
  "history/samples": samples,
  "history/states": states,
  "alarms/history": raised,
  "figures/oee": (query) => ({ from: Number(query.get("from")), to: Number(query.get("to")), reasons: { LUNCH: { ko: "점심", en: "Lunch" } }, machines: oee() }),
  "figures/pareto": causes,
  "figures/charts": charts,
  "figures/energy": energy,
  "figures/periods": periods,
  stations: () => ({ stations: stations() }),
  backups,
  ready: () => ({ ok: true }),
  restore: () => ({ copies: restorable(), last: restored }),
  ...office.reading(now),
  ...access.reading(now),
};
const ASKED = { ...office.ASKED, ...access.ASKED, events: ["kind", "before", "limit"], history: ["point", "from", "to"], "history/samples": ["point", "from", "to"], "history/states": ["machine", "from", "to"], "alarms/history": ["rule", "from", "to", "limit"], "figures/oee": ["machine", "from", "to"], "figures/energy": ["machine", "from", "to"], "figures/pareto": ["machine", "from", "to"], "figures/charts": [], "restore/upload": ["at"], "figures/periods": ["at"] };

function write(path, body, query) {
  const done = (may("operator") ? office.write(path, body) : null) ?? (may("owner") ? access.write(path, body) : null) ?? work.write(path, body, query);
  if (done) return done;
  if (path === "login") return body.password === PASSWORD ? ((role = "owner"), [200, {}]) : [403, { detail: "wrong" }];
  if (path === "login/badge") return access.fits(body) ? ((role = "operator"), [200, {}]) : [403, { detail: "wrong" }];
  if (path === "logout") return (role = "viewer"), [200, {}];
  if (path === "setup") return body.code === CODE ? ((role = "installer"), (setup = false), [200, {}]) : [403, { detail: "wrong" }];
  if (path === "clock") {
    if (role === "viewer" || role === "operator" || role === "nobody") return [401, {}];
    if (body.ts < 1.7e12) return [409, { detail: "is over" }];
    behind = Date.now() - body.ts;
    change({ components: [{ name: "clock", state: "up", since_ts: now(), detail: { word: "operator" } }] });
    return [200, { ok: true }];
  }
  if (path === "components/bundle") return may("owner") ? [200, Buffer.from("PK a diagnostic bundle")] : [401, {}];
  if (/^restore(\/|$)/.test(path)) return role === "installer" ? restoring(path, body) : [401, {}];
  if (/^backups\/[^/]+\/run$/.test(path)) return role === "installer" ? ((copied = now()), [200, { ok: true }]) : [401, {}];
  if (/^signals\/[^/]+\/reset$/.test(path)) return role === "viewer" || role === "nobody" ? [401, {}] : [200, { ok: true }];
  const [, station, action] = path.match(/^(?:work\/)?stations\/([^/]+)\/(keys|scans|kiosk|helped)$/) ?? [];
  if ((action === "keys" || action === "scans") && !may("operator") && kiosk !== station) return [401, {}];
  if (action === "scans") STEER.scan({ ...shop.scans.findLast((scan) => scan.answer === "accepted"), station });
  if (action === "keys" || action === "scans") return [200, { tone: "ok" }];
  if (action === "kiosk") return may("owner") ? ((kiosk = body.on ? station : null), (role = body.on ? "viewer" : role), [200, { ok: true }]) : [401, {}];
  if (action === "helped") return may("operator") ? (change({ calls: shop.calls.filter((call) => call.station !== station) }), [200, {}]) : [401, {}];
  const [, rule, what] = path.match(/^alarms\/([^/]+)\/(acknowledge|shelve)$/) ?? [];
  if (!rule) return [404, {}];
  if (role === "viewer" || role === "nobody") return [401, {}];
  if (what === "shelve") {
    const until = body.minutes ? now() + body.minutes * 60_000 : null, message = shop.alarms.find((alarm) => alarm.rule === rule).message;
    quiet = until ? [{ rule, message, because_of: null, shelved_until_ts: until }, { rule: "fan_off", message: { ko: "환풍기가 멈췄어요", en: "The fan is off" }, because_of: rule, shelved_until_ts: null }] : [];
    change({ alarms: shop.alarms.map((alarm) => (alarm.rule === rule ? { ...alarm, shelved_until_ts: until } : alarm)) });
    return [200, { ok: true }];
  }
  change({ alarms: shop.alarms.map((alarm) => (alarm.rule === rule ? { ...alarm, acknowledged_by: "owner", acknowledged_ts: now() } : alarm)) });
  return [200, { ok: true }];
}

/** A picture of a camera: something that moves, for its owner alone. */
function picture(part, response) {
  pictures += 1;
  if (role !== "owner" && role !== "installer") return response.writeHead(401).end();
  if (!part?.detail.preview) return response.writeHead(404).end();
  const x = 20 + ((Date.now() / 20) % 400), label = `<rect x="${x}" y="130" width="200" height="90" fill="#fff"/><path d="M${x + 20} 150v50m12 0v-50m8 0v50m20 0v-50m10 0v50m24 0v-50m14 0v50m10 0v-50m26 0v50" stroke="#000" stroke-width="6"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#6b6f76"/><rect y="90" width="640" height="180" fill="#3a3f46"/>${label}<rect width="640" height="60" fill="#000"/></svg>`;
  response.writeHead(200, { "Content-Type": "image/svg+xml", "Cache-Control": "no-store" }).end(svg);
}

const STEER = {
  stop: () => { stopped = true; },
  go: () => { stopped = false; },
  drop: () => { for (const browser of browsers) browser.destroy(); },
  change,
  scan: (scan) => { const whole = { ...shop.scans[0], ...scan, id: `d:${posts.length}-${Date.now()}`, ts: now() }; shop.scans.push(whole); if (whole.station === kiosk && whole.answer === "badge") role = "operator"; tell("scan", whole); },
  snapshot: () => tell("snapshot", snapshot()),
  standing: (part) => { standing = { ...standing, ...part }; },
};

async function body(request) {
  let text = "";
  for await (const part of request) text += part;
  return request.headers["content-type"] === "application/octet-stream" ? text : text ? JSON.parse(text) : {};
}

async function file(path, response) {
  const name = normalize(join(STATIC, path === "/" ? "index.html" : path));
  if (!name.startsWith(STATIC) || !existsSync(name)) return response.writeHead(404).end();
  const lasting = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  response.writeHead(200, { "Content-Type": TYPES[extname(name)] + (name.endsWith(".wasm") ? "" : "; charset=utf-8"), "Cache-Control": lasting, "Content-Security-Policy": path.startsWith("/assets/decoder-") ? DECODER_POLICY : POLICY });
  response.end(await readFile(name));
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const json = (status, data) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(data));
  const api = url.pathname.match(/^\/api\/v1\/(.+)$/)?.[1], steer = url.pathname.match(/^\/dev\/(\w+)$/)?.[1];
  if (steer === "seen") return json(200, { posts, browsers: browsers.size, pictures });
  if (steer) return STEER[steer](await body(request)), json(200, {});
  if (!api) return file(url.pathname, response);
  const answer = answers[api + url.search];
  if (typeof answer === "string") return response.writeHead(200, { "Content-Type": "image/png" }).end(Buffer.from(answer, "base64"));
  if (answer) return json(200, answer);
  const strange = [...url.searchParams.keys()].filter((key) => !(api.startsWith("cameras/") ? ["at"] : (ASKED[api] ?? work.ASKED[api] ?? [])).includes(key));
  if (strange.length) return json(422, { detail: strange });
  const camera = api.match(/^cameras\/([^/]+)\/preview$/)?.[1];
  if (camera) return picture(shop.components.find((part) => part.name === camera), response);
  if (api === "stream") {
    if (stopped || role === "nobody") return response.writeHead(stopped ? 503 : 401).end();
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(message("snapshot", snapshot()));
    browsers.add(response);
    return response.on("close", () => browsers.delete(response));
  }
  if (request.method === "POST") {
    const sent = await body(request);
    posts.push({ path: api, body: sent, csrf: request.headers["x-csrf"] ?? null, origin: request.headers.origin ?? null });
    if (request.headers["x-csrf"] !== CSRF) return json(403, { detail: "csrf" });
    const [status, answer] = write(api, sent, url.searchParams);
    if (answer instanceof Buffer) return response.writeHead(status, { "Content-Type": answer.subarray(1, 4).toString() === "PDF" ? "application/pdf" : "image/png" }).end(answer);
    return json(status, answer);
  }
  if (stopped && api in ASKED) return json(503, {});
  const at = api.match(/^stations\/([^/]+)$/)?.[1];
  if (at) return json(200, { ...standing, keys: may("operator") || kiosk === at, kiosks: may("owner") ? Number(kiosk === at) : null });
  const told = work.read(api, url.searchParams);
  if (told) return json(...told);
  const found = READ[api]?.(url.searchParams);
  return json(found ? 200 : 404, found ?? {});
});

setInterval(play, 1000);
server.listen(Number(options.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
