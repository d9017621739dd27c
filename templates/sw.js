// Opens pages without signal, nothing else: what is filled in waits in the outbox, which needs no service worker.
"use strict";
const STATIC = "static-{{ version }}";
const PAGES = "pages";
const ASSETS = {{ assets|safe }};
const OFFLINE = "{{ offline_url }}";
const LEAVING = "{{ logout_url }}";
// On a thin line the page that is here already is better than one that may come.
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((cache) => cache.addAll([...ASSETS, OFFLINE])).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (name) => name !== STATIC && name !== PAGES;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

// A page says of itself that it may be kept, and whether it is the same whatever is asked of it after the question mark.
const keep = async (url, response) => {
  if (response.ok && response.headers.has("X-Keep-On-Phone")) {
    const { pathname, search } = new URL(url);
    const same = response.headers.get("X-Keep-On-Phone") === "any";
    await (await caches.open(PAGES)).put(pathname + (same ? "" : search), response.clone());
  }
  return response;
};
const keptPage = async (url) => {
  const { pathname, search } = new URL(url);
  const pages = await caches.open(PAGES);
  const bare = await pages.match(pathname);
  return (await pages.match(pathname + search)) || (bare?.headers.get("X-Keep-On-Phone") === "any" ? bare : undefined);
};
const page = async (request) => {
  const kept = await keptPage(request.url);
  const fetched = fetch(request).then((response) => keep(request.url, response));
  if (!kept) return fetched.catch(() => caches.match(OFFLINE));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fetched.catch(() => kept), late]);
};
// Named by its content an asset never changes; while developing, names are bare.
const asset = async (request) => {
  const kept = await caches.match(request);
  const bare = !/\.[0-9a-f]{12}\.\w+$/.test(request.url);
  return kept && !bare ? kept : fetch(request).catch(() => kept || Response.error());
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  // Whoever takes the phone next starts with nobody's pages.
  if (request.method === "POST" && pathname === LEAVING) event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (ASSETS.includes(pathname)) event.respondWith(asset(request));
});

// Pages that will be wanted in the field, before anybody has opened them: one after the other in the order of the way, and
// none that is here already as it would be drawn now.
const keepAhead = async (wanted) => {
  for (const { url, mark } of wanted) {
    const kept = await keptPage(url);
    if (mark && kept?.headers.get("X-Keep-Mark") === mark) continue;
    try {
      await keep(url, await fetch(url, { credentials: "same-origin" }));
    } catch {
      // The signal has gone; what is kept stays.
      return;
    }
  }
};
self.addEventListener("message", (event) => event.waitUntil(keepAhead(event.data.keep || [])));
