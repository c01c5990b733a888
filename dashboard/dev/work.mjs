// The work of the recorded shop: orders, bundles, jobs, weighings, equipment, the safety log, and the owner's lists.

const DAY_MS = 86_400_000, HOUR_MS = 3_600_000;

/** Returns the answers, the names of what may be asked, and what changes do. `now` is the shop's clock, `role` who looks. */
export function work({ now, role, naughty = [], empty = false }) {
  const today = () => new Date(now() + 9 * HOUR_MS).toISOString().slice(0, 10), day = (n) => new Date(Date.parse(today()) + n * DAY_MS).toISOString().slice(0, 10);
  const started = now(), owner = () => role() === "owner" || role() === "installer", operator = () => owner() || role() === "operator";
  const NAMES = { CUT: ["재단", "Cutting"], FRONT: ["앞판", "Front"], SLEEVE: ["소매", "Sleeve"], COLLAR: ["카라", "Collar"], ASSEM: ["합봉", "Assembly"], PRESS: ["다림질", "Pressing"] };
  const label = (code) => ({ ko: NAMES[code][0], en: NAMES[code][1] }), codes = Object.keys(NAMES);
  const waiting = { CUT: 40, FRONT: 60, SLEEVE: 80, COLLAR: 20, ASSEM: 240, PRESS: 35 };
  const order = (code, name, due, target, made, more = {}) => ({ order: code, label: null, style: "A101", name, due, late: due !== null && due < today() && made < target, target, made, left: target === null ? null : Math.max(0, target - made), finished: null, steps: codes.map((operation, i) => ({ operation, done: Math.max(0, made + 60 - 12 * i), waiting: i === 4 ? 48 : 12 })), ...more });
  const orders = empty ? [] : [
    order("20261103", naughty[3] ?? "셔츠 <b>A</b>", day(-2), 400, 310, { label: "2026-11-03" }), order("2611B", "블라우스", day(0), 240, 96), order("2611C", naughty[0] ?? "작업복 바지", day(5), 600, 60),
    order("2611D", null, null, null, 24, { left: null, style: null }), order("2610Z", "앞치마", day(-9), 120, 120, { late: false, finished: started - DAY_MS }),
  ];
  const bundles = ["0231", "0232", "0233", "0240"].map((bundle, i) => ({ bundle, order: "20261103", style: "A101", size: ["M", "M", "L", "XL"][i], colour: "남색", pieces: 20 - i, done: "FRONT", waits_for: i ? ["ASSEM"] : [], in_hand: i ? [] : [{ operation: "ASSEM", station: "sewing_3", since: started - 1_500_000, ...(owner() ? { worker: "0101" } : {}) }], since: started - HOUR_MS * (i + 1) }));
  const at = (minutes, entries, more = {}) => ({ event: `gw_1:e:1-ab12:${minutes}`, ts: started - minutes * 60_000, source: "scanner_1", by: "0101", station: "sewing_3", text: null, late: null, entries, taken_back_by: null, ...more });
  const line = { bundle: "0231", worker: "0101", station: "sewing_3", quantity: 20 };
  let events = [at(240, [{ do: "done", operation: "CUT", ...line }]), at(120, [{ do: "done", operation: "FRONT", ...line }]), at(60, [{ do: "defect", operation: "FRONT", code: "STAIN", ...line, quantity: 1 }])];
  const story = () => ({ bundle: "0231", order: "20261103", style: "A101", size: "M", colour: "남색", parent: null, parts: [], pieces: 20, scrapped: 0, done: "FRONT", waits_for: [], in_hand: [{ operation: "ASSEM", worker: "0101", station: "sewing_3", since_ts: started - 1_500_000 }], defects: { FRONT: 1 }, events });

  const job = (order, operation, more) => ({ order, operation, station: "sewing_3", machine: "press_1", ...(owner() ? { workers: ["0101"] } : {}), setup: started - 5 * HOUR_MS, start: started - 4 * HOUR_MS, stop: started - 2 * HOUR_MS, first_piece: started - 4 * HOUR_MS, last_piece: started - 2 * HOUR_MS, setup_s: 2460, quantity: 180, scrap: 3, scraps: { STAIN: 3 }, counted: 190, counted_in_setup: 4, gross: 190, waste: 10, supplied: 200, spare: 10, cycle_s: 38.4, ...more });
  const tools = [{ tool: "insert_1", label: { ko: "선삭 팁", en: "Turning insert" }, machine: "press_1", changed: started - 30 * HOUR_MS, pieces: 412, life_pieces: 400, life_min: 240, run_min: 188.5, unknown_min: 0, worn: true }];
  const balance = (lot, operation, more) => ({ lot, operation, worker: "0101", issued_g: "10", returned_g: "9.8", recovered_g: "0.01", held_g: "0", loss_g: "0.19", loss_don: "0.051", loss_percent: "1.9", loss_fine_g: "0.1425", fineness_permille: 750, allowed_percent: 1.5, beyond: true, stones_issued_ct: "0", stones_returned_ct: "0", stones_out_ct: "0", ...more });
  const shared = { equipment: "press_shared", label: { ko: "공동 프레스", en: "Shared press" }, machine: "press_1", in_use_since: null, in_use_by: null, sessions: 3, no_shows: 1, minutes: "86.5", kwh: "1.42", left_on: true };
  let incidents = [{ ts: started - HOUR_MS, what: "nearmiss", where: "sewing_3", severity: "info", note: naughty[1] ?? "바닥에 기름이 있었어요", rule: null }, { ts: started - 3 * HOUR_MS, what: "estop", where: "press_1", severity: "critical", note: null, rule: "press_estop" }];

  const column = (field, ko, en, needed = false, input = "text", each = false) => ({ field, ko, en, needed, input, each });
  const lists = [
    { kind: "workers", label: { ko: "작업자", en: "workers" }, columns: [column("badge", "사번", "Badge", true, "number"), column("name", "이름", "Name"), column("since", "입사일", "First day", false, "day"), column("left", "퇴사일", "Last day", false, "day"), column("note", "비고", "Note")] },
    { kind: "operations", label: { ko: "공정", en: "operations" }, columns: [column("operation", "공정코드", "Operation code", true), column("ko", "공정", "Name (Korean)", true), column("en", "영문", "Name (English)"), column("after", "앞공정", "Operations before"), column("sam_s", "표준시간(초)", "Standard time (s)")] },
    { kind: "rates", label: { ko: "공임", en: "rates" }, columns: [column("style", "스타일", "Style", true), column("operation", "공정코드", "Operation code", true), column("won", "공임", "Won a piece", true), column("from", "적용일", "Valid from", true, "day")] },
    { kind: "orders", label: { ko: "작업지시서", en: "orders" }, columns: [column("order", "작업지시서", "Order", true), column("style", "스타일", "Style", true), column("colour", "색상", "Colour", false, "text", true), column("size", "사이즈", "Size", false, "text", true), column("quantity", "수량", "Pieces", true, "text", true), column("due", "납기", "Due", false, "day"), column("bundle_of", "묶음수량", "Pieces a bundle", false, "text", true)] },
    { kind: "bundles", label: { ko: "묶음", en: "bundles" }, columns: [column("bundle", "묶음번호", "Bundle", true)] },
  ];
  const thing = (key, rows, since = null, retired = false) => ({ key, since, retired, rows });
  const things = {
    workers: [thing("101", [{ badge: "0101", name: "은하" }]), thing("102", [{ badge: "0102", name: naughty[2] ?? "Nguyễn Thị Hoa", left: "2026-11-20", note: "왼손잡이" }])],
    operations: codes.map((code) => thing(code, [{ operation: code, ko: NAMES[code][0], en: NAMES[code][1], sam_s: "60" }])),
    rates: [thing("\x1fCUT", [{ style: "모두", operation: "CUT", won: "1200", from: "2026-12-01" }], "2026-12-01")],
    orders: [thing("20261103", [{ order: "2026-11-03", style: "A101", colour: "남색", size: "M", quantity: 200, due: "2026-12-05" }, { order: "2026-11-03", style: "A101", colour: "남색", size: "L", quantity: 200, due: "2026-12-05" }]), thing("OLD", [{ order: "OLD", style: "A101", quantity: 5 }], null, true)],
  };
  let consents = [{ worker: "0101", purpose: "work_figures", granted: true, until: "2027-11-30" }];
  const people = () => ({ people: things.workers.map((one) => ({ badge: one.rows[0].badge, retired: one.retired, number: Number(one.key), name: one.rows[0].name ?? null, language: null, since: null, left: one.rows[0].left ?? null, note: one.rows[0].note ?? null })), consents });
  const problem = { sheet: "", cell: "B3", found: "앞판", text: { ko: "이런 공정이 없어요. 가장 가까운 것: FRONT(앞판).", en: "There is no such operation. The nearest is FRONT." } };
  const plan = (bad) => ({ plan: bad ? "bad" : "good", counts: { rates: { new: 1, changed: 1, same: 0 } }, bundles: 0, changes: [{ kind: "rates", row: 2, status: "changed", values: { style: null, operation: "CUT", won: "1300", from: "2026-12-01" }, before: { operation: "CUT", won: "1200", from: "2026-12-01" } }], problems: bad ? [problem] : [], skipped: [], untold: 0 });

  const READ = {
    "work/orders": () => ({ as_of: now(), today: today(), orders, operations: codes.map((code) => ({ operation: code, label: label(code), waiting: empty ? 0 : waiting[code] })), bottleneck: empty ? null : "ASSEM", has: { bundles: true, jobs: true, weighing: true, equipment: true, tools: true } }),
    "work/bundles": (query) => ({ bundles: bundles.filter((one) => !query.get("order") || one.order === query.get("order")), more: false }),
    "work/jobs": () => ({ jobs: [job("2611A", "CUT", {}), job("2611B", "FRONT", { stop: null, setup_s: null, waste: null })], setups: [{ place: "press_1", setups: 1, setup_s: 2460, mean_s: 2460 }] }),
    "work/tools": () => ({ tools }),
    "work/equipment": () => ({ equipment: [{ ...shared, in_use_by: owner() ? shared.in_use_by : null }], sessions: [{ equipment: "press_shared", ...(owner() ? { worker: "0101" } : {}), action: "use", from: started - 2 * HOUR_MS, to: started - HOUR_MS, minutes: "60.0", kwh: "0.8", booking: null }] }),
    "work/incidents": () => ({ incidents: incidents.map((one) => ({ ...one, ...(owner() ? { worker: "" } : {}) })), kinds: {} }),
    "work/masters": () => ({ lists }),
  };
  const OPERATORS = {
    "work/bundles/0231": story,
    "work/bundles/0231/machines": () => ({ stays: [{ event: events.find((one) => one.entries[0].operation === "FRONT")?.event, station: "sewing_3", machine: "press_1", how: "out", order: "20261103", operation: "FRONT", bundles: ["0231"], workers: ["0101"], from: started - 2 * HOUR_MS, to: started - HOUR_MS, scanned: 20, counted: 12, run_s: 2400, stopped_s: 1200, coverage: 1, unclear: null, differs: true, still: false }] }),
    "work/masters/defect_codes": () => ({ kind: "defect_codes", rows: [{ key: "STAIN", since: null, retired: false, code: "STAIN", ko: "오염", en: "Stain" }] }),
  };
  const OWNERS = {
    "work/weighing": () => ({ balances: [balance("AU18K0231", "PRESS", {}), balance("AU14K0007", "CUT", { loss_g: null, loss_don: null, loss_percent: null, loss_fine_g: null, held_g: "4.2", allowed_percent: null, beyond: false })], by_operation: [], by_worker: [], by_metal: [{ metal: "AU18K", issued_g: "10", loss_g: "0.19", loss_don: "0.051", loss_percent: "1.9" }] }),
    "work/people": people,
    ...Object.fromEntries(Object.keys(things).map((kind) => [`work/masters/${kind}/table`, () => ({ kind, things: things[kind] })])),
  };
  const ASKED = { "work/bundles": ["order", "operation"], "work/import": ["kind", "bundle_of", "plan", "good_rows"], ...Object.fromEntries(["jobs", "equipment", "incidents", "weighing"].map((name) => [`work/${name}`, ["from", "to"]])) };

  function read(path, query) {
    if (READ[path]) return [200, READ[path](query)];
    const [found, may] = OPERATORS[path] ? [OPERATORS[path], operator()] : OWNERS[path] ? [OWNERS[path], owner()] : [];
    if (found) return may ? [200, found(query)] : [401, {}];
    return /^work\/(bundles|masters)\//.test(path) ? [404, {}] : null;
  }

  function write(path, body, query) {
    if (!path.startsWith("work/") || path.startsWith("work/stations/")) return null; // calls are the server's own
    if (!operator()) return [401, {}];
    if (path === "work/import") return query.get("plan") === "stale" ? [409, { detail: plan(false) }] : [200, plan(/앞판/.test(body))];
    if (path === "work/void") { events = events.map((one) => (one.event === body.event ? { ...one, taken_back_by: "gw_1:e:1-ab12:999" } : one)); return [200, { event: "x", entries: [] }]; }
    if (path === "work/bundles/0231/split" && body.parts.reduce((sum, part) => sum + part, 0) !== 20) return [409, { detail: { ko: "더하면 20개가 되어야 해요.", en: "They must add up to 20." } }];
    if (path === "work/incidents") incidents = [{ ts: now(), rule: null, note: null, ...body }, ...incidents];
    if (path === "work/equipment") Object.assign(shared, body.action === "start" ? { in_use_since: now(), in_use_by: body.worker, left_on: false } : { in_use_since: null, in_use_by: null });
    if (path === "work/consents") consents = [...consents, { worker: body.badge ? String(body.badge) : undefined, ...body }];
    const [, kind, retire] = path.match(/^work\/masters\/(\w+?)(\/retire)?$/) ?? [];
    if (retire) { const one = things[kind].find((known) => known.key === body.key && (known.since ?? "") === body.since); one.retired = true; return [200, { ok: true }]; }
    if (kind) {
      const first = body.rows[0], key = String(first[lists.find((one) => one.kind === kind).columns[0].field]);
      if (kind === "rates" && !/^[\d,]+$/.test(first.won)) return [422, { detail: [{ sheet: "", cell: "C2", found: first.won, text: { ko: "금액은 숫자로 적어 주세요.", en: "Write the sum as a number." } }] }];
      things[kind] = [...things[kind].filter((one) => one.rows[0][lists.find((l) => l.kind === kind).columns[0].field] !== key), thing(key, body.rows)];
      return [200, { counts: {}, bundles: 0, events: ["x"] }];
    }
    const [, badge] = path.match(/^work\/people\/(\d+)\/erase$/) ?? [];
    if (badge) { const row = things.workers.find((one) => Number(one.key) === Number(badge)).rows[0]; if (!row.left) return [422, { detail: { ko: "먼저 퇴사일을 적어 주세요.", en: "Write the last day first." } }]; delete row.name; return [200, { log_emptied: true, elsewhere: [{ where: "xlsx, csv", text: { ko: "내보낸 표에서도 지워 주세요.", en: "Take it out of exported tables too." } }] }]; }
    return [200, { event: "x", entries: [] }];
  }
  return { read, write, ASKED };
}
