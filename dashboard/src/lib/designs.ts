import type { Kind } from "./labels";
import { t } from "./words.svelte";

/** How labels look: texts with fields in braces, which people read in their own language. */
export const DESIGNED = ["bundle", "coupon", "traveller", "step", "badge", "command", "operation", "defect", "reason", "quantity", "equipment", "station", "lot"] as const;
export type Designed = (typeof DESIGNED)[number];
export const FIELDS = ["shop", "day", "bundle", "quantity", "colour", "size", "style", "cut", "order", "operation", "code", "price", "title", "drawing", "programme", "name", "number", "lot"] as const;
export type Field = (typeof FIELDS)[number];
export const FORMS = ["auto", "code128", "qr"] as const;
export interface Design { title: string; lines: string[]; form: (typeof FORMS)[number] }
export interface Told extends Design { name: Designed; ours: Design; fields: Field[] }
export interface Draft extends Design { name: Designed }

/** The labels that one order prints. */
export const PRINTED: Record<Kind, readonly Designed[]> = {
  badge: ["badge"], bundle: ["bundle", "coupon"], traveller: ["traveller", "step"], operations: ["operation"], defects: ["defect"], reasons: ["reason"],
  quantities: ["quantity"], equipment: ["equipment"], stations: ["station"], lot: ["lot"], commands: ["command"],
};
/** What to look at while nothing is filled in. */
export const SAMPLES: Record<Kind, Record<string, unknown>> = {
  badge: { numbers: [1] }, bundle: { quantity: 20, order: "2611A", style: "A-100", colour: "Ivory", size: "M", cut: "3" }, traveller: { order: "2611A", title: "A-100", quantity: 20, drawing: "D-17" },
  operations: {}, defects: {}, reasons: {}, quantities: { numbers: [20] }, equipment: {}, stations: {}, lot: { label: "18K" }, commands: {},
};

const replaced = (text: string, by: (name: string) => string | undefined): string => text.replace(/\{([^{}]*)\}/g, (all, name: string) => { const other = by(name); return other === undefined ? all : `{${other}}`; });
const known = (name: string): name is Field => FIELDS.some((one) => one === name);
export const called = (field: Field): string => t(`design.field_${field}`);
/** With fields as people call them, and back; what is no field stays as it was typed. */
export const shown = (text: string): string => replaced(text, (name) => (known(name) ? called(name) : undefined));
export const meant = (text: string): string => replaced(text, (name) => FIELDS.find((one) => called(one) === name.trim()));

export const same = (one: Design, other: Design): boolean => one.title === other.title && one.form === other.form && JSON.stringify(one.lines) === JSON.stringify(other.lines);
