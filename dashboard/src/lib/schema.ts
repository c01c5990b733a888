import type { Data, Path, Problem } from "./configuration";
import type { Text } from "./types";

/** JSON Schema as the gateway makes it of its models: `about` for people, `names` for what a text refers to. */
export interface Schema {
  type?: string; about?: Text; names?: string; like?: string; default?: unknown; const?: unknown; enum?: unknown[]; $ref?: string;
  anyOf?: Schema[]; properties?: Record<string, Schema>; required?: string[]; items?: Schema; prefixItems?: Schema[];
  additionalProperties?: Schema | boolean; propertyNames?: { enum?: string[] }; minimum?: number; maximum?: number; $defs?: Record<string, Schema>;
}
export type Kind = "fixed" | "choice" | "truth" | "number" | "text" | "both" | "group" | "list" | "parts" | "raw";
export type Shapes = Record<string, Schema>;

/** The one shape that a person fills in: references followed, "or nothing" left out. */
export function plain(schema: Schema, shapes: Shapes): Schema {
  if (schema.$ref) return { ...plain(shapes[schema.$ref.split("/").pop() ?? ""] ?? {}, shapes), ...(schema.about ? { about: schema.about } : {}), default: schema.default };
  const some = schema.anyOf?.filter((one) => one.type !== "null");
  if (!some) return schema;
  const [only] = some;
  const inner = some.length === 1 && only ? plain(only, shapes) : { type: "any", names: some.find((one) => one.names)?.names };
  return { ...inner, about: schema.about ?? inner.about, default: schema.default };
}

export function kind(schema: Schema, shapes: Shapes): Kind {
  if (schema.const !== undefined) return "fixed";
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "truth";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "string" || schema.type === "any") return "text";
  if (schema.type === "array") {
    const item = schema.items && plain(schema.items, shapes);
    if (!item || schema.prefixItems || item.type === "array") return "raw";
    return item.properties ? "parts" : "list";
  }
  if (schema.propertyNames?.enum?.includes("ko") || (schema.properties?.ko && schema.properties.en)) return "both";
  return schema.properties ? "group" : "raw";
}

const COMMON = new Set(["label", "station", "device", "states", "count", "severity", "action", "profile", "unit", "host", "port", "devices", "points", "baudrate", "message", "sam_s"]);

/** The options that are shown at once: what must be filled in, what is filled in, and what most people look for. */
export const shown = (name: string, schema: Schema, value: Data): boolean =>
  Boolean(schema.required?.includes(name)) || value[name] !== undefined || COMMON.has(name);

export const same = (a: Path, b: Path): boolean => a.length === b.length && a.every((part, i) => part === b[i]);
export const within = (inner: Path, outer: Path): boolean => outer.length <= inner.length && outer.every((part, i) => part === inner[i]);
export const at = (problems: readonly Problem[], path: Path): Problem[] => problems.filter((one) => same(one.path, path));

/** A value as the file should have it: what was left empty is not there. */
export function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned).filter((one) => one !== undefined);
  if (value === null || typeof value !== "object") return value === "" || value === null ? undefined : value;
  const parts = Object.entries(value).map(([name, part]) => [name, cleaned(part)] as const).filter(([, part]) => part !== undefined && !(Array.isArray(part) && part.length === 0));
  return parts.length ? Object.fromEntries(parts) : undefined;
}

/** What was typed, as a number where it is one; else as it is, for the gateway to say what is wrong with it. */
export function typed(text: string, numeric: boolean): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  return numeric && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : numeric ? trimmed : text;
}
