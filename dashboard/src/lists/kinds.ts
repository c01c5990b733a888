import { calendarDay, number } from "../lib/format";
import type { Text } from "../lib/types";
import { pick, t, words } from "../lib/words.svelte";

/** A list as the gateway tells it. `each`: told for each row of one thing (a size of an order, a step of a route). */
export interface Column { field: string; ko: string; en: string; needed: boolean; input: "text" | "number" | "day" | "moment" | "yes"; each: boolean }
export interface Layout { kind: string; label: Text; columns: Column[] }
export type Row = Record<string, string | number | boolean>;
export interface Thing { key: string; since: string | null; retired: boolean; rows: Row[] }

/** What a list is called: Rates. */
export const named = (layout: Layout | undefined, otherwise = ""): string => pick(layout?.label, otherwise).replace(/^./, (first) => first.toUpperCase());
export const header = (column: Column): string => column[words.language];

/** What stands in a cell, as people read it. */
export function shown(column: Column, value: Row[string] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "boolean") return t(value ? "form.yes" : "form.no");
  if (column.input === "day" && typeof value === "string") return calendarDay(value);
  if (column.input === "moment") return String(value).replace("T", " ").slice(0, 16);
  return typeof value === "number" || column.field === "won" ? number(Number(value)) : String(value);
}

/** The same as a field of a form holds it. */
export const typedOf = (column: Column, value: Row[string] | undefined): string => (value === undefined ? "" : typeof value === "boolean" ? (value ? "yes" : "no") : column.input === "moment" ? String(value).slice(0, 16) : String(value));
