/** What can be printed, and the order that says it to the gateway. */

export interface Printer {
  name: string; language: string; width_mm: number; height_mm: number; dpi: number; state: "up" | "down" | "waiting" | "off"; error: string; document: boolean;
  jobs: { id: string; what: string; labels: number; state: JobState; error: string }[];
}
export type JobState = "waiting" | "printing" | "done" | "broken" | "dropped";
export interface Print { id: string; ts: number; what: string; printer: string; copy: number; labels: number; serials: string[] }

export const KINDS = ["badge", "bundle", "traveller", "operations", "defects", "reasons", "quantities", "equipment", "stations", "lot", "commands"] as const;
export type Kind = (typeof KINDS)[number];
/** What the shop's list of labels calls them; a coupon comes with its bundle. */
const NAMES: Record<string, Kind> = { badge: "badge", coupon: "bundle", bundle: "bundle", traveller: "traveller", operation: "operations", defect: "defects", reason: "reasons", quantity: "quantities", equipment: "equipment", lot: "lot", command: "commands" };
export const named = (first: readonly string[]): Kind[] => [...new Set(first.flatMap((name) => NAMES[name] ?? []))];
export const inOrder = (first: readonly string[]): Kind[] => [...new Set([...named(first), ...KINDS])];
/** The kind of a print in the list, whatever a newer gateway may print. */
export const known = (what: string): Kind | null => KINDS.find((kind) => kind === what) ?? null;

/** The fields of a form, as they were typed. */
export interface Fields { numbers: string; quantity: number | null; bundles: number | null; order: string; style: string; colour: string; size: string; cut: string; title: string; label: string }
export const EMPTY: Fields = { numbers: "", quantity: 20, bundles: 1, order: "", style: "", colour: "", size: "", cut: "", title: "", label: "" };

/** What fields belong to a kind; those of a sheet of all that there is take none. */
export const ASKS: Record<Kind, readonly (keyof Fields)[]> = {
  badge: ["numbers"], bundle: ["quantity", "bundles", "order", "style", "colour", "size", "cut"], traveller: ["order", "title", "quantity"],
  quantities: ["numbers"], lot: ["label"], operations: [], defects: [], reasons: [], equipment: [], stations: [], commands: [],
};
const NEEDS: Partial<Record<Kind, readonly (keyof Fields)[]>> = { badge: ["numbers"], bundle: ["quantity", "bundles"], traveller: ["order", "title"], lot: ["label"] };

const numbers = (typed: string): number[] => [...typed.matchAll(/\d+/g)].map(([digits]) => Number(digits));

/** The order, or null while something that it needs is not filled. */
export function order(kind: Kind, fields: Fields): Record<string, unknown> | null {
  const filled = ASKS[kind].filter((name) => typeof fields[name] === "number" || (typeof fields[name] === "string" && fields[name].trim()));
  if (NEEDS[kind]?.some((name) => !filled.includes(name))) return null;
  const told: Record<string, unknown> = { what: kind };
  for (const name of filled) {
    const value = fields[name];
    told[name] = name === "numbers" ? numbers(fields.numbers) : typeof value === "string" ? value.trim() : value;
  }
  if (kind === "traveller" && typeof told.order === "string") told.order = told.order.toUpperCase();
  return Array.isArray(told.numbers) && !told.numbers.length ? null : told;
}

/** The order of a test: one label that counts nothing and issues no number. */
export const TEST = { what: "quantities", numbers: [1] };
