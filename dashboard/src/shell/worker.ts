/// <reference lib="webworker" />
// The service worker: it keeps the floor's screens, so that they open at once and say themselves that nobody answers.
// It never sees what the API says. The gateway's own page goes first; the kept one comes when the gateway is silent.

declare const __SHELL__: readonly string[]; // paths of files that carry their hash in their name: they never change
declare const __BUILD__: string; // as the gateway tells its build by the stream
const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `gongbang-${__BUILD__}`, PAGE = "/", PATIENCE_MS = 1500;

/** All of a build or nothing: a gateway that was upgraded meanwhile has these files no more, and the next look tries anew. */
async function keep(): Promise<void> {
  const cache = await caches.open(CACHE), page = await fetch(PAGE, { cache: "reload" });
  await cache.addAll(__SHELL__);
  if (!page.ok) throw new Error(`no page: ${page.status}`);
  await cache.put(PAGE, new Response((await page.text()).replace("<html", `<html data-kept="${__BUILD__}"`), { headers: page.headers }));
}

async function clean(): Promise<void> {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await worker.clients.claim();
}

async function page(request: Request): Promise<Response> {
  const fresh = fetch(request), late = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS));
  return (await Promise.race([fresh.catch(() => null), late])) ?? (await caches.match(PAGE, { cacheName: CACHE })) ?? fresh;
}

worker.addEventListener("install", (event) => event.waitUntil(keep().then(() => worker.skipWaiting())));
worker.addEventListener("activate", (event) => event.waitUntil(clean()));
worker.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (__SHELL__.includes(pathname)) event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)));
});

export {}; // a module for the type checker: what it names is its own
