import type { Role } from "./types";

export const VIEWS = ["board", "work", "alarms", "scans", "values", "trends", "figures", "health"] as const;
/** The pages of the office, with the role that each takes; they stand behind "more", and their scripts come when opened. */
export const OFFICE = { pay: "owner", reports: "viewer", labels: "operator", lists: "owner", devices: "installer", backup: "installer", access: "owner" } as const satisfies Record<string, Role>;
const BARE = ["station", "wall"] as const; // the whole screen, without the rail
export type View = (typeof VIEWS)[number];
export type Office = keyof typeof OFFICE;
export type Bare = (typeof BARE)[number];

/** Where the person is: `#/board`, `#/board/press_1` with a machine's sheet open, `#/station/sewing_3`. The back key works. */
class Route {
  view = $state<View | Office>("board");
  bare = $state<Bare | null>(null);
  name = $state<string | null>(null);

  constructor() {
    window.addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  #read(): void {
    const [view, ...rest] = location.hash.replace(/^#\/?/, "").split("/"), name = rest.join("/");
    this.view = VIEWS.find((known) => known === view) ?? (Object.keys(OFFICE) as Office[]).find((known) => known === view) ?? "board";
    this.bare = BARE.find((known) => known === view) ?? null;
    this.name = name ? plain(name) : null;
  }
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand
  }
}

export const route = new Route();
export const go = (view: View | Office | Bare, name?: string): void => {
  location.hash = `#/${view}${name ? `/${encodeURIComponent(name)}` : ""}`;
};
