import type { Happening } from "./types";

interface Question { kind?: string; machine?: string; limit: number }

/** The newest kept events, or null when the server cannot be reached. */
export async function happenings({ kind, machine, limit }: Question): Promise<Happening[] | null> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (kind) query.set("kind", kind);
  if (machine) query.set("machine", machine);
  const response = await fetch(`/api/v1/events?${query.toString()}`).catch(() => null);
  if (!response?.ok) return null;
  const { events } = (await response.json()) as { events: Happening[] };
  return machine ? events.filter((event) => event.machine === machine || event.source === machine) : events;
}
