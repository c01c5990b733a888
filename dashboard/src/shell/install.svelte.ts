/** What Chromium hands to a page that may be installed; TypeScript does not know it. */
interface Offer extends Event { prompt(): Promise<unknown> }

/** The screens as an app of the device: only over HTTPS, or on the gateway itself. */
class Install {
  offer = $state.raw<Offer | null>(null); // the browser would install them
  /** An iPad or iPhone, whose browser installs by its own menu alone. */
  readonly byMenu = "standalone" in navigator && !(navigator as { standalone?: boolean }).standalone && isSecureContext;

  constructor() {
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault(); // no banner of the browser's over the floor's screens
      this.offer = event as Offer;
    });
    addEventListener("appinstalled", () => (this.offer = null));
  }

  async now(): Promise<void> {
    const offer = this.offer;
    this.offer = null; // it can be taken up once
    await offer?.prompt();
  }
}

export const install = new Install();

/** Have the shell kept, where the browser may, and an upgraded one with every page: browsers look by themselves when they like. */
export async function keepShell(): Promise<void> {
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  const registered = navigator.serviceWorker.register("/worker.js").then((registration) => navigator.serviceWorker.controller && registration.update());
  await registered.catch(() => undefined); // the gateway is away, or its certificate is not trusted: as without
}

/** The build of which this page is, where it was kept and not fetched; null for a fetched one. */
export const kept = document.documentElement.dataset.kept ?? null;

const begun = new Set<HTMLInputElement>();
addEventListener("input", ({ target }) => (target as Element).matches("textarea, input:not([type=search])") && begun.add(target as HTMLInputElement));

/** Whether something that somebody began to type is on the page still, which a new page would lose. */
export function typing(): boolean {
  return [...begun].some((one) => (one.isConnected && one.value !== "") || !begun.delete(one));
}

/** Load the page anew, from the gateway and not from what is kept; another build may be kept already. */
export async function anew(): Promise<void> {
  if (kept) await caches.delete(`gongbang-${kept}`);
  location.reload();
}
