import type { Happening } from "./types";

/** The newest kept events of a kind, or null when the server does not answer. */
export async function happenings(kind: "state" | "alarm", limit: number): Promise<Happening[] | null> {
  const response = await fetch(`/api/v1/events?kind=${kind}&limit=${limit}`).catch(() => null);
  return response?.ok ? ((await response.json()) as { events: Happening[] }).events : null;
}

/** What happened to one machine lately, newest first: its states and its alarms. */
export async function story(machine: string): Promise<Happening[] | null> {
  const found = await Promise.all([happenings("state", 200), happenings("alarm", 200)]);
  if (found[0] === null || found[1] === null) return null;
  const about = (event: Happening) => event.machine === machine || event.source === machine;
  return [...found[0], ...found[1]].filter(about).sort((a, b) => b.ts - a.ts);
}
