// The office of the recorded shop: pay, reports and labels. What /work and /labels answer stands in office.json, whose shape a test holds
// against the real API; here is only what moves: days are those that are asked for, and what was closed or printed stays so.

import { told } from "./told.mjs";

const HASH = "5e0c1f0b4a7d9e3c2b8f6a1d5c4e7f9082b3a6d1c5e8f70912b4c6d8e0f1a3b5";
/** The first day of the month so many months back, in Seoul: what is open there is over. */
const month = (back) => { const there = new Date(Date.now() + 9 * 3_600_000); return new Date(Date.UTC(there.getUTCFullYear(), there.getUTCMonth() - back, 1)); };
const day = (date) => date.toISOString().slice(0, 10);
const closed = told["work/pay/periods"].periods.map((one) => ({ ...one, from: day(month(2)), to: day(new Date(month(1) - 86_400_000)) }));
let forms = 0;

const days = (query) => ({ from: query.get("from"), to: query.get("to") });
const after = (date) => day(new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000));
const periodOf = ({ from, to }) => closed.find((one) => one.from === from && one.to === to);

function pay(query) {
  const asked = days(query), one = periodOf(asked), state = one ? "closed" : asked.from === after(closed.at(-1).to) ? "open" : "view";
  return { ...told["work/pay"], ...asked, state, number: one?.number ?? (state === "open" ? closed.length + 1 : null), hash: one?.hash ?? null };
}

/** From the first day's midnight in Seoul; the hours of work begin at nine. */
function figures(query) {
  const from = Date.parse(`${query.get("from")}T00:00:00+09:00`), found = told["work/figures"];
  return { ...found, from, to: Date.parse(`${query.get("to")}T24:00:00+09:00`), hours: found.hours.map((one, i) => ({ ...one, ts: from + (9 + i) * 3_600_000 })) };
}

const lately = (rows, now) => rows.map((row) => ({ ...row, ts: now() + row.ts }));

/** What is read, by its path; `now` tells the server's time. */
export const reading = (now) => ({
  ...Object.fromEntries(["work/pay/days", "work/contradictions", "work/reports/evidence/look", "labels/printers", "labels/designs"].map((path) => [path, () => told[path]])),
  "work/pay": pay,
  "work/pay/periods": () => ({ periods: closed, next_from: after(closed.at(-1).to) }),
  "work/figures": figures,
  "work/figures/workers": (query) => ({ ...figures(query), workers: told.workers, names: told["work/pay"].names }),
  "labels/prints": () => ({ prints: lately(told["labels/prints"].prints, now) }),
});
const DAYS = ["from", "to"];
export const ASKED = { "work/pay": DAYS, "work/pay/days": [...DAYS, "worker"], "work/figures": [...DAYS, "shift"], "work/figures/workers": [...DAYS, "shift"], "work/contradictions": DAYS, "work/reports/evidence/look": [...DAYS, "baseline"], "labels/prints": ["limit"] };

/** What is changed: the status and the answer; null for what is not of the office. Bytes are a picture or a PDF. */
export function write(path, body) {
  if (path === "work/pay/close") {
    if (closed.length > 1) return [409, { detail: { ko: `${body.from}부터 ${body.to}까지는 이미 마감했어요.`, en: `${body.from} to ${body.to} is closed already.` } }];
    closed.push({ ...body, number: closed.length + 1, hash: HASH, won: told["work/pay"].won, pieces: told["work/pay"].pieces, workers: {} });
    return [200, { number: closed.length, hash: HASH }];
  }
  if (path === "labels/preview") {
    if (body.order.what === "traveller") return [422, { detail: { ko: "라벨에 자리가 없어요. 너비 80 mm가 필요해요.", en: "It has no room: 80 mm would do." } }];
    return [200, picture()];
  }
  if (path === "labels/print" || path === "labels/reprint") {
    forms += 1;
    const again = path === "labels/reprint";
    return body.printer === "a4" ? [200, Buffer.from("%PDF-1.4 labels")] : [200, { id: `gw_1:e:2-b2:${forms}`, copy: again ? 1 : 0, labels: again ? 25 - (body.since ?? 1) : 3, serials: again ? [] : ["1A2B9"] }];
  }
  return null;
}

/** A label of 480 by 320 dots, in stripes. */
const picture = () => Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAeAAAAFAAQAAAABMs5LWAAAAaklEQVR42u3bMRGAUBBDwfsgDP9ucPDQABUMm0m7Tfqs5nm2gWEYhmEYhmEYhn+Ip6r9PO62ytowDMMwDMMwDMMwDMMwDMMwDMMwDMMwDMMwDMOvxcvXCIZhGIZhGIZhGIZhGIZhGIY/gS8InyHEP3BmqQAAAABJRU5ErkJggg==", "base64");
