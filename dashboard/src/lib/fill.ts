import type { Language, Unit } from "./types";

export type Values = Record<string, string | number>;

const PLACE = /\{(\w+)(?::(?:(counted|pcs)|([^/{}]+)\/([^{}]+)))?\}/g;
export const COUNTED: Record<Unit, { ko: string; one: string; many: string; pcs: string }> = {
  piece: { ko: "개", one: "piece", many: "pieces", pcs: "pcs" },
  pair: { ko: "켤레", one: "pair", many: "pairs", pcs: "pairs" },
  sheet: { ko: "장", one: "sheet", many: "sheets", pcs: "sheets" },
};
const RIEUL = 8; // the index of a final ㄹ: 으로 becomes 로 after it
const DIGIT_FINALS = [21, 8, 0, 16, 0, 0, 1, 8, 8, 0]; // how 영 일 이 삼 사 오 육 칠 팔 구 end
const NUMBERS = { ko: new Intl.NumberFormat("ko"), en: new Intl.NumberFormat("en") }; // dear to make, and asked for some thousand times a second
const LETTER_FINALS: Record<string, number> = { l: RIEUL, m: 16, n: 4, r: RIEUL }; // 엘 엠 엔 알; other letters' names end in a vowel

/**
 * Put values into a text of the catalogue: `{name}`, and `{name:a/b}` for the form that depends on the value.
 * Korean: a after a consonant, b after a vowel (`{name:이/가}`). English: a for one, b for more (`{count:row/rows}`).
 * `{name:counted}` is so many of what the shop counts: `20켤레`, `20 pairs`; `{name:pcs}` the same, short: `20 pcs`.
 */
export function fill(template: string, values: Values, language: Language, unit: Unit = "piece"): string {
  if (!template.includes("{")) return template;
  return template.replace(PLACE, (whole, name: string, counted?: "counted" | "pcs", a?: string, b?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    const text = typeof value === "number" ? NUMBERS[language].format(value) : value;
    if (counted) return count(text, COUNTED[unit], language, counted === "pcs");
    if (a === undefined || b === undefined) return text;
    return language === "ko" ? text + particle(text, a, b) : `${text} ${Number(value) === 1 ? a : b}`;
  });
}

function count(text: string, unit: (typeof COUNTED)[Unit], language: Language, short: boolean): string {
  if (language === "ko") return text + unit.ko;
  if (Number(text) === 1 && !(short && unit === COUNTED.piece)) return `${text} ${unit.one}`;
  return `${text} ${short ? unit.pcs : unit.many}`;
}

function particle(text: string, afterConsonant: string, afterVowel: string): string {
  const final = finalConsonant(text);
  const open = final === 0 || (final === RIEUL && afterConsonant.startsWith("으로"));
  return open ? afterVowel : afterConsonant;
}

/** The index of the final consonant (0: none) that the text is read with; closing marks are not read. */
function finalConsonant(text: string): number {
  const read = text.replace(/[^\p{L}\p{N}]+$/u, "");
  const last = read.charAt(read.length - 1);
  const code = last.charCodeAt(0);
  if (code >= 0xac00 && code <= 0xd7a3) return (code - 0xac00) % 28;
  if (last >= "0" && last <= "9") return DIGIT_FINALS[Number(last)] ?? 0;
  return LETTER_FINALS[last.toLowerCase()] ?? 0;
}
