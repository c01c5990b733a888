import { SHOP_STATES, type ShopState } from "./types";

interface Stop {
  shop: string | null; // workshop/gateway, its sheet is open
  state: ShopState | null;
  cluster: string | null;
  cause: string | null;
  search: string;
  page: number; // from 0
}

const START: Stop = { shop: null, state: null, cluster: null, cause: null, search: "", page: 0 };

/** Where the person is, kept in the address: `#/shop/changsin-017/gw_1?state=offline`. The back key works, and a link can be sent. */
class Place {
  at = $state.raw<Stop>(START);

  constructor() {
    window.addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  /** The address of here with something changed; another choice of shops begins at its first page. */
  to(change: Partial<Stop>): string {
    const at: Stop = { ...this.at, ...(Object.keys(change).every((key) => key === "shop") ? {} : { page: 0 }), ...change };
    const query = new URLSearchParams();
    for (const key of ["state", "cluster", "cause", "search"] as const) if (at[key] !== null && at[key] !== "") query.set(key, at[key]);
    if (at.page) query.set("page", String(at.page + 1));
    const path = at.shop === null ? "" : `shop/${at.shop.split("/").map(encodeURIComponent).join("/")}`;
    return `#/${path}${String(query) && `?${query}`}`;
  }

  go(change: Partial<Stop>): void {
    location.hash = this.to(change);
  }

  /** Go without a step for the back key: a word is typed letter by letter. */
  slip(change: Partial<Stop>): void {
    history.replaceState(null, "", this.to(change));
    this.#read();
  }

  #read(): void {
    const [path = "", question = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const query = new URLSearchParams(question);
    const [word, workshop, gateway] = path.split("/").map(decodeURIComponent);
    this.at = {
      shop: word === "shop" && workshop && gateway ? `${workshop}/${gateway}` : null,
      state: SHOP_STATES.find((known) => known === query.get("state")) ?? null,
      cluster: query.get("cluster"),
      cause: query.get("cause"),
      search: query.get("search") ?? "",
      page: Math.max(0, Number(query.get("page") ?? 1) - 1) || 0,
    };
  }
}

export const place = new Place();
