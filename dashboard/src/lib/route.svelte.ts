export const VIEWS = ["board", "alarms", "scans", "values", "health"] as const;
export type View = (typeof VIEWS)[number];

/** Where the person is: `#/board`, `#/board/press_1` with a machine's sheet open. The back key works. */
class Route {
  view = $state<View>("board");
  machine = $state<string | null>(null);

  constructor() {
    window.addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  #read(): void {
    const [view, machine] = location.hash.replace(/^#\/?/, "").split("/");
    this.view = VIEWS.find((known) => known === view) ?? "board";
    this.machine = machine ? decodeURIComponent(machine) : null;
  }
}

export const route = new Route();
export const go = (view: View, machine?: string): void => {
  location.hash = `#/${view}${machine ? `/${encodeURIComponent(machine)}` : ""}`;
};
