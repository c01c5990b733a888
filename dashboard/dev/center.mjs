// Plays a fleet of shops through the API that the support center serves: for working on its page, and for its tests.
//   node dev/center.mjs [--fleet mixed|calm|empty|long] [--shops 100] [--port 8098] [--word secret-word] [--at MS]
// /dev/* steers: stop, go, shop (change one), event (one happens), self (how the center is), build; /dev/seen tells how often the fleet was asked for.

import "./clock.mjs";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    fleet: { type: "string", default: "mixed" },
    shops: { type: "string", default: "100" },
    port: { type: "string", default: "8098" },
    word: { type: "string" },
    at: { type: "string" }, // the clock stands still there
    language: { type: "string", default: "ko" },
  },
});

const STATIC = fileURLToPath(new URL("../../center/static/", import.meta.url));
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".txt": "text/plain" };
const MIN = 60_000, HOUR = 60 * MIN, DAY = 24 * HOUR, PAGE = 100;
const CLUSTERS = [["창신", "봉제", "sewing", 24], ["독산", "봉제", "sewing", 20], ["을지로", "인쇄", "printing", 16], ["문래", "기계금속", "metal", 16], ["장위", "니트", "니트", 14], ["봉익", "주얼리", "jewellery", 10]];
const LONG = "서울특별시 종로구 창신동 골목 안쪽 이층 봉제공방 협동조합 제십칠호 공동작업장";

const started = Date.now();
const center = { broker: { address: "localhost:1883", connected: true, protocol: "5", why: null }, storage: { well: true, why: null }, waiting: 0, dropped: 0, malformed: 0, rows: 0 };
let build = "b1", stopped = false, asked = 0, number = 0;
const shops = makeShops(options.fleet === "empty" ? 0 : Number(options.shops));
const alarms = new Map(), stories = new Map();
if (options.fleet === "mixed" || options.fleet === "long") trouble();

function makeShops(count) {
  const row = CLUSTERS.flatMap(([cluster, called, trade, n]) => Array.from({ length: n }, (_, i) => ({ cluster, called, trade, i: i + 1 })));
  return Array.from({ length: count }, (_, k) => {
    const { cluster, called, trade, i } = row[k % row.length], round = Math.floor(k / row.length);
    const name = options.fleet === "long" ? `${LONG} ${k + 1}` : `${cluster} ${called} ${i + round * 100}호`;
    return {
      workshop: `shop-${String(k + 1).padStart(4, "0")}`, gateway: "gw_1", name, trade, cluster: options.fleet === "long" ? `${LONG} 구역` : cluster, state: "live",
      since: started - 3 * DAY + k * MIN, last: started - (k % 30) * 1000, queued: k % 7 === 0 ? k % 5 : 0, behind_s: 0, oldest: null,
      alarms: 0, worst: null, version: "0.3.0", clock: "synced", events: 1200 + k, blocks: 300 + k, lost: 0, copy: k % 20 ? { ok: true, witness_ms: started - 12 * HOUR, said: [] } : null,
    };
  });
}

function raise(shop, rule, severity, message, since) {
  const key = `${shop.workshop}/${shop.gateway}`;
  alarms.set(key, [{ rule, severity, message, since: started + since, acknowledged: severity === "warning" }, ...(alarms.get(key) ?? [])]);
  shop.alarms = alarms.get(key).length;
  shop.worst = alarms.get(key).some((alarm) => alarm.severity === "critical") ? "critical" : severity;
}

/** What a real week shows: a cluster without power, alarms, a slow line, a clock, an old version, one not installed yet. */
function trouble() {
  const at = (i) => shops[i % shops.length];
  for (const i of [2, 5, 6, 9, 13]) Object.assign(at(i), { state: "offline", since: started - 14 * MIN - i * 7000, last: started - 14 * MIN - i * 7000 });
  Object.assign(at(50), { state: "offline", since: started - 26 * HOUR, last: started - 26 * HOUR });
  for (const i of [30, 77]) Object.assign(at(i), { state: "stale", since: started - 4 * MIN, last: started - 4 * MIN });
  for (const i of [98, 99]) Object.assign(at(i), { state: "unseen", since: null, last: null, version: null, clock: null, events: 0, blocks: 0, queued: 0 });
  raise(at(62), "press_overheat", "critical", { ko: "프레스 1호 과열", en: "Press 1 overheats" }, -4 * MIN);
  raise(at(62), "belt_slow", "warning", { ko: "컨베이어가 느려요", en: "The conveyor is slow" }, -40 * MIN);
  for (const i of [11, 41, 85]) raise(at(i), "sewing_idle", "warning", { ko: "미싱 3 대기가 길어요", en: "Sewing machine 3 has been idle for long" }, -22 * MIN);
  for (const i of [20, 45]) Object.assign(at(i), { queued: 12_034, behind_s: 210, oldest: started - 2 * HOUR - i * MIN });
  for (const i of [33, 34, 71]) at(i).clock = "unsynced";
  for (const i of [15, 16, 17, 18]) at(i).version = "0.2.1";
  at(88).lost = 14;
}

const rank = (s) => [s.worst === "critical", s.state === "offline", s.worst === "warning", s.state === "stale", s.worst === "info", s.state === "unseen", true].indexOf(true);
const need = (a, b) => rank(a) - rank(b) || b.alarms - a.alarms || a.cluster.localeCompare(b.cluster) || a.name.localeCompare(b.name, "ko", { numeric: true });

function fleet() {
  asked += 1;
  const now = Date.now(), counts = { live: 0, stale: 0, offline: 0, unseen: 0, alarms: 0, queued: 0 };
  for (const shop of shops) {
    if (shop.state === "live" && now - shop.last > 30_000) shop.last = now - (now % 3000);
    counts[shop.state] += 1;
    counts.alarms += shop.alarms;
    counts.queued += shop.queued;
  }
  return { now, version: "0.3.0", build, language: options.language, stale_s: 90, counts, center, shops: [...shops].sort(need) };
}

const KINDS = [
  ["state", (i) => ({ machine: "press_1", state: ["run", "idle", "setup", "alarm"][i % 4], before: ["idle", "setup", "alarm", "run"][i % 4], after_s: 37 * (i + 3) })],
  ["scan", (i) => ({ text: `B-0${231 + i}`, station: "ironing", answer: ["accepted", "duplicate", "accepted", "wrong_order"][i % 4], answer_text: [{ ko: `등록 — 묶음 0${231 + i} 앞판 20개`, en: `Recorded: bundle 0${231 + i}, Front, 20` }, { ko: "이미 등록 — 두 번 세지 않았어요.", en: "Already recorded: not counted twice." }, { ko: `등록 — 묶음 0${231 + i} 소매 20개`, en: `Recorded: bundle 0${231 + i}, Sleeve, 20` }, { ko: "순서 틀림 — 「앞판 다림질」이 먼저예요.", en: "Wrong order: Front pressing comes first." }][i % 4] })],
  ["count", (i) => ({ machine: "press_1", delta: 1 + (i % 3), total: 412 - i, reset: false })],
  ["alarm", (i) => ({ rule: "press_overheat", action: ["raise", "acknowledge", "clear"][i % 3], severity: "critical", message: { ko: "프레스 1호 과열", en: "Press 1 overheats" }, value: i % 3 === 0 ? 84.1 : null, unit: "degC", by: i % 3 === 1 ? "owner" : null })],
  ["measurement", (i) => ({ device: "caliper", value: 12.04 + i / 100, unit: "mm", stable: true })],
  ["quality", () => ({ station: "ironing", inspected: 20, defective: 1, defects: { stain: 1 } })],
  ["session", () => ({ equipment: "laser", worker: "102", action: "end", minutes: 42, kwh: 1.2 })],
  ["text", () => ({ point: "lathe.program", text: "O1234" })],
  ["config", () => ({ hash: "ab12", by: "installer", difference: "drivers.bus_1.devices.meter_2: +" })],
  ["gap", () => ({ stream: "s", from: null, to: null, cause: "storage", rows: 14 })],
  ["incident", () => ({ what: "journal damaged", where: "journal.db.1", severity: "critical" })],
  ["schema", () => ({ version: 1, window_s: 0, fields: ["power", "energy"] })],
];

/** The kept events of a shop, oldest first, made when first asked for. */
function story(shop) {
  const key = `${shop.workshop}/${shop.gateway}`;
  if (!stories.has(key)) {
    const n = shop.state === "unseen" ? 0 : 250, end = shop.last ?? started;
    stories.set(key, Array.from({ length: n }, (_, i) => happening(shop, n - i, end - (n - i - 1) * 47_000)));
  }
  return stories.get(key);
}

function happening(shop, i, ts, more = {}) {
  const [kind, body] = KINDS[i % 3 ? i % 4 : i % KINDS.length];
  number += 1;
  return { id: `${shop.gateway}:e:12-ab3f:${number}`, ts, kind, source: "press_1", clock: i % 40 === 7 ? "unsynced" : "synced", body: body(i), ...more };
}

function one(shop, query) {
  const kind = query.get("kind"), before = query.get("before");
  let events = story(shop);
  if (before) events = events.slice(0, events.findIndex((event) => event.id === before));
  if (kind) events = events.filter((event) => event.kind === kind);
  return { shop, alarms: alarms.get(`${shop.workshop}/${shop.gateway}`) ?? [], events: events.slice(-PAGE).reverse() };
}

const found = (workshop) => shops.find((shop) => shop.workshop === workshop);
const STEER = {
  stop: () => { stopped = true; },
  go: () => { stopped = false; },
  self: (change) => Object.assign(center, change),
  build: ({ to }) => { build = to; },
  shop: ({ workshop, ...change }) => Object.assign(found(workshop), change),
  event: ({ workshop, ...more }) => { const shop = found(workshop); story(shop).push(happening(shop, 1, Date.now(), more)); shop.events += 1; },
};

async function body(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

async function file(path, response) {
  const name = normalize(join(STATIC, path === "/" ? "index.html" : path));
  if (!name.startsWith(STATIC) || !existsSync(name)) return response.writeHead(404).end();
  const lasting = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  response.writeHead(200, { "Content-Type": `${TYPES[extname(name)]}; charset=utf-8`, "Cache-Control": lasting, "Content-Security-Policy": POLICY });
  response.end(await readFile(name));
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const json = (status, data, more = {}) => response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...more }).end(JSON.stringify(data));
  const api = url.pathname.match(/^\/api\/v1\/(.+)$/)?.[1], steer = url.pathname.match(/^\/dev\/(\w+)$/)?.[1];
  if (steer === "seen") return json(200, { asked });
  if (steer) return STEER[steer](JSON.parse((await body(request)) || "{}")), json(200, {});
  if (url.pathname === "/login" && request.method === "POST") {
    const right = new URLSearchParams(await body(request)).get("word") === options.word;
    if (!right) return json(403, {}, { "Retry-After": "1" });
    return json(200, { ok: true }, { "Set-Cookie": "center_word=1; HttpOnly; SameSite=Strict; Path=/" });
  }
  if (!api) return file(url.pathname, response);
  if (stopped) return json(503, {});
  if (options.word && !(request.headers.cookie ?? "").includes("center_word=1")) return json(401, {});
  if (api === "fleet") return json(200, fleet());
  const [, workshop, gateway] = api.match(/^shops\/([^/]+)\/([^/]+)$/)?.map(decodeURIComponent) ?? [];
  const shop = workshop && found(workshop);
  const strange = [...url.searchParams.keys()].filter((key) => !["kind", "before"].includes(key));
  if (strange.length) return json(422, { detail: strange });
  return shop?.gateway === gateway ? json(200, one(shop, url.searchParams)) : json(404, {});
});

server.listen(Number(options.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
