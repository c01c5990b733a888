import { COUNTED } from "./fill";
import { t, words } from "./words.svelte";

const SYMBOLS: Record<string, string> = {
  "1": "", number: "", degC: "℃", degF: "℉", "m/s2": "m/s²", gn: "g", um: "µm", deg: "°", "%RH": "%",
};
const MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400;
const NOTHING = "—";

let zone: string | undefined; // the workshop's zone; the browser's own while it is not known
export function useZone(timezone: string | undefined): void {
  zone = timezone;
}
export const shopZone = (): string => zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * A value with as many digits as an eye can use: 0.024, 0.82, 8.42, 84.1, 431.2, 1,234. A whole number has no decimals,
 * unless it is `measured`: 253.0 between 252.8 and 253.1 must not jump.
 */
export function number(value: number | null | undefined, measured = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  const digits = (Number.isInteger(value) && !(measured && value)) || size >= 1000 ? 0 : size >= 10 ? 1 : size >= 0.1 || value === 0 ? 2 : 3;
  return known(`n ${words.language} ${digits}`, () => new Intl.NumberFormat(words.language, { minimumFractionDigits: digits, maximumFractionDigits: digits })).format(value);
}

export function unit(symbol: string | null): string {
  if (!symbol) return "";
  if (symbol === "pcs") return t("unit.pcs");
  if (symbol === "don") return t("unit.don");
  return SYMBOLS[symbol] ?? symbol;
}

/** `84.1℃`, `431.2 W`: degrees and percent follow directly. */
export function quantity(value: number | null | undefined, symbol: string | null, measured = true): string {
  const text = number(value, measured), sign = unit(symbol);
  if (text === NOTHING || !sign) return text;
  return /^[℃℉%°]/.test(sign) || sign === "개" || sign === "돈" ? text + sign : `${text} ${sign}`;
}

/** What the shop counts, to stand behind a number that stands alone. */
export function counted(): string {
  return COUNTED[words.unit][words.language === "ko" ? "ko" : "pcs"];
}

export function pieces(count: number | null): string {
  return count === null ? NOTHING : t("count.pieces", { count });
}

/** Formats are dear to make and are asked for some thousand times a second with 200 machines. */
const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function known<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  let format = formats.get(key) as T | undefined;
  if (!format) formats.set(key, (format = make()));
  return format;
}
const parts = (ts: number, options: Intl.DateTimeFormatOptions): string =>
  known(`d ${words.language} ${zone} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(words.language === "ko" ? "ko-KR" : "en-GB", { ...options, timeZone: zone })).format(ts);
const day = (ts: number): string => parts(ts, { year: "numeric", month: "2-digit", day: "2-digit" });

export function clock(ts: number): string {
  return parts(ts, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export const weekday = (ts: number): string => parts(ts, { weekday: "short" });

/** How far the shop's clock is ahead of UTC, in ms. */
export function ahead(ts: number): number {
  const local = new Date(ts).toLocaleString("sv-SE", { timeZone: zone });
  return Date.parse(`${local.replace(" ", "T")}Z`) - Math.floor(ts / 1000) * 1000;
}

/** 14:05 when it is the same day there, else with all of the date: 1970년 1월 1일 09:00. */
export function dated(ts: number, other: number): string {
  if (day(ts) === day(other)) return clock(ts);
  return parts(ts, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** 14:05 today, 어제 14:05, else 11월 21일(토) 14:05. */
export function moment(ts: number | null, now: number): string {
  if (ts === null) return NOTHING;
  if (day(ts) === day(now)) return clock(ts);
  if (day(ts) === day(now - DAY_S * 1000)) return t("time.yesterday", { time: clock(ts) });
  return t("time.date", { date: date(ts), time: clock(ts) });
}

/** 11월 21일(토). */
export const onDay = (ts: number): string => date(ts);

/** 2026년 12월. */
export const onMonth = (ts: number): string => parts(ts, { year: "numeric", month: "long" });

/** A day of the calendar, "2026-12-01", as people say it: 12월 1일(화). */
export const calendarDay = (written: string): string => date(Date.parse(`${written}T12:00:00Z`));

/** 92 %, or "—". */
export function percent(share: number | null): string {
  return share === null ? NOTHING : `${(share * 100).toLocaleString(words.language, { maximumFractionDigits: share < 0.0995 ? 1 : 0 })}%`;
}

function date(ts: number): string {
  return t("time.day", { month: parts(ts, { month: words.language === "ko" ? "numeric" : "short" }).replace("월", ""), day: parts(ts, { day: "numeric" }).replace("일", ""), weekday: weekday(ts) });
}

/** How long a state has lasted: 40초째, 12분째, 2시간째, 어제부터, 11월 20일(목)부터. */
export function since(ts: number | null, now: number): string {
  if (ts === null) return "";
  const s = Math.max(0, Math.floor((now - ts) / 1000));
  if (s < MINUTE_S) return t("since.s", { n: s });
  if (s < HOUR_S) return t("since.min", { n: Math.floor(s / MINUTE_S) });
  if (day(ts) === day(now) || s < 12 * HOUR_S) return t("since.h", { n: Math.floor(s / HOUR_S) });
  if (day(ts) === day(now - DAY_S * 1000)) return t("since.yesterday");
  return t("since.date", { date: date(ts) });
}

/** How old something is: 방금, 12초 전, 4분 전, 2시간 전, 3일 전. */
export function age(ts: number | null, now: number, fresh_s = 2): string {
  if (ts === null) return NOTHING;
  const s = Math.max(0, Math.floor((now - ts) / 1000));
  if (s < fresh_s) return t("age.now");
  if (s < MINUTE_S) return t("age.s", { n: s });
  if (s < HOUR_S) return t("age.min", { n: Math.floor(s / MINUTE_S) });
  if (s < DAY_S) return t("age.h", { n: Math.floor(s / HOUR_S) });
  return t("age.d", { n: Math.floor(s / DAY_S) });
}

/** A length of time: 40초, 12분, 5시간 20분. */
export function duration(s: number): string {
  if (s < MINUTE_S) return t("duration.s", { n: Math.round(s) });
  if (s < HOUR_S) return t("duration.min", { n: Math.round(s / MINUTE_S) });
  return t("duration.h", { h: Math.floor(s / HOUR_S), min: Math.round((s % HOUR_S) / MINUTE_S) });
}

/** A length of time with its days: 3일 4시간. */
export function spelled(s: number): string {
  return s < DAY_S ? duration(s) : t("duration.d", { d: Math.floor(s / DAY_S), h: Math.round((s % DAY_S) / HOUR_S) });
}

/** 2025-11-21T14:05:00+09:00, as files want it; to read: 2025-11-21 14:05:00. */
export function stamp(ts: number, toRead = false): string {
  const offset_min = Math.round(ahead(ts) / 60_000), sign = offset_min < 0 ? "-" : "+";
  const local = new Date(ts + offset_min * 60_000).toISOString();
  if (toRead) return local.slice(0, 19).replace("T", " ");
  const two = (n: number) => String(n).padStart(2, "0");
  return `${local.slice(0, -1)}${sign}${two(Math.floor(Math.abs(offset_min) / 60))}:${two(Math.abs(offset_min) % 60)}`;
}

/** What stands at a tick of the time's axis, whose ticks are so many seconds apart. */
export function axisTime(ts: number, apart_s: number): string {
  if (apart_s < MINUTE_S) return parts(ts, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  if (apart_s < DAY_S && clock(ts) !== "00:00") return clock(ts);
  return parts(ts, apart_s > 27 * DAY_S ? { year: "2-digit", month: "short" } : { month: "numeric", day: "numeric" });
}
