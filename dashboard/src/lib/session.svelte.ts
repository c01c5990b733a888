import { useZone } from "./format";
import { go, type View, VIEWS } from "./route.svelte";
import type { Role, Session, Text } from "./types";
import { pick, t, words } from "./words.svelte";

const RANK: Record<Role, number> = { nobody: 0, viewer: 1, operator: 2, owner: 3, installer: 4 };

const DOORS = new Set(["login", "login/badge", "setup"]); // open to strangers, who have few tries: never tried twice

/** What the server said no with, as a sentence for the person in front of the screen. */
export class Refused extends Error {
  /** `away`: nobody answered, so that it may have been done or not. */
  constructor(message: string, readonly away = false) {
    super(message);
  }
}

/** Who looks at this screen, and what the shop is called. */
class SessionStore {
  role = $state<Role>("viewer") // until the gateway says otherwise;
  setup = $state(false); // true until a password was set
  workshop = $state.raw<Session["workshop"] | null>(null);
  screens = $state.raw<readonly View[]>(VIEWS); // in the order that the shop wants
  labels = $state.raw<readonly string[]>([]); // and the labels and reports that it begins with
  reports = $state.raw<readonly string[]>([]);
  version = $state("");
  user = $state("");
  asking = $state(false); // the login dialog is open
  lost = $state(false); // nobody logged out: the gateway started anew, or the session's time was over
  answered = (): void => undefined; // told whenever the gateway answered what somebody did
  #csrf = "";
  #then: (() => void) | null = null;

  async load(): Promise<void> {
    const response = await fetch("/api/v1/session", { cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const session = (await response.json()) as Session;
    this.lost = !session.user && (this.lost || this.user !== "");
    this.role = session.role;
    this.setup = session.setup;
    this.workshop = session.workshop;
    this.screens = session.screens ?? VIEWS;
    this.labels = session.labels ?? [];
    this.reports = session.reports ?? [];
    words.unit = session.unit ?? "piece";
    this.version = session.version;
    this.user = session.user ?? "";
    this.#csrf = session.csrf;
    useZone(session.workshop.timezone);
    if (session.role === "nobody" && !session.setup) this.asking = true;
  }

  may(role: Role): boolean {
    return RANK[this.role] >= RANK[role];
  }

  /** Do it, or ask for a login first and do it then. */
  as(role: Role, action: () => void): void {
    if (this.may(role)) return action();
    this.#then = action;
    this.asking = true;
  }

  stopAsking(): void {
    this.asking = false;
    this.#then = null;
  }

  /** Log in by name and password, or by a badge's number and its PIN: no name is of digits alone. */
  async login(user: string, password: string): Promise<void> {
    await (/^\d{1,6}$/.test(user) ? this.post("login/badge", { badge: Number(user), pin: password }) : this.post("login", { user, password }));
    await this.load();
    this.asking = false;
    this.#then?.();
    this.#then = null;
  }

  async finishSetup(code: string, password: string): Promise<void> {
    await this.post("setup", { code, password });
    await this.load();
    const response = await fetch("/api/v1/config", { cache: "no-store" }).catch(() => null);
    const drivers = response?.ok ? ((await response.json()) as { data: { drivers?: unknown[] | null } }).data.drivers : null;
    if (response?.ok && !drivers?.length) go("devices", "first"); // a new gateway: on with the guide
  }

  async logout(): Promise<void> {
    await this.post("logout", {});
    await this.load();
    this.lost = false;
  }

  /** Send a changing request. Raises Refused with a sentence for people. */
  async post(path: string, body: unknown): Promise<void> {
    await this.ask(path, body);
  }

  /** The same, for what is answered. */
  async ask(path: string, body: unknown): Promise<Response> {
    const response = await this.send(path, body);
    if (!response.ok) throw new Refused((await said(response)) ?? why(path, response));
    return response;
  }

  /** Send a changing request and return the answer, also one that says no. Raises Refused when there is none. */
  async send(path: string, body: unknown): Promise<Response> {
    let response = await this.#send(path, body);
    if (response?.status === 403 && !DOORS.has(path)) {
      await this.load(); // the gateway started anew and does not know our session any more: once more with a new one
      response = await this.#send(path, body);
      if (this.lost && (response?.status === 401 || response?.status === 403)) this.asking = true;
    }
    if (!response) throw new Refused(t("error.away"), true);
    this.answered();
    return response;
  }

  #send(path: string, body: unknown): Promise<Response | null> {
    const file = body instanceof Blob;
    const headers = { "Content-Type": file ? "application/octet-stream" : "application/json", "X-CSRF": this.#csrf };
    return fetch(`/api/v1/${path}`, { method: "POST", headers, body: file ? body : JSON.stringify(body) }).catch(() => null);
  }
}

/** What the gateway said no with, where it says so in both languages: `{ko, en}` or "ko / en". */
export async function said(response: Response): Promise<string | null> {
  const { detail } = ((await response.json().catch(() => null)) ?? {}) as { detail?: unknown };
  const first: unknown = Array.isArray(detail) ? detail[0] : detail;
  const [, ko, en] = (typeof first === "string" && first.match(/^(.*[가-힣].*?) \/ (.+)$/)) || [];
  if (ko && en) return pick({ ko, en });
  return first && typeof first === "object" && "ko" in first ? pick(first as Text) : null;
}

function why(path: string, response: Response): string {
  const { status } = response;
  if (status === 429) return t("error.often", { s: response.headers.get("Retry-After") ?? 60 });
  if (path.startsWith("login") && (status === 403 || status === 422)) return t("login.wrong");
  if (path === "setup" && status === 403) return t("setup.wrong");
  if (status === 401 || status === 403) return t("error.denied");
  if (path.startsWith("alarms/") && status === 404) return t("error.gone");
  if (path === "clock" && status === 409) return t("clock.refused");
  return t("error.failed", { status });
}

export const session = new SessionStore();
